import type { TextPiece } from '../../text/text-piece.js';
import type { ShownFamily } from '../../series/shown-family.js';
import { sampleNumber } from './sample-line.js';
import { pieceText, seriesBlocks } from './series-blocks.js';
import type { LabelMatcher } from './series-filter.js';

/** Totals of the series of one piece or of several. */
export interface PieceStats {
  readonly series: number;
  readonly samples: number;
  /** Of values that are numbers; infinite bounds where there are none. */
  readonly sum: number;
  readonly min: number;
  readonly max: number;
}

const NOTHING: PieceStats = {
  series: 0,
  samples: 0,
  sum: 0,
  min: Number.POSITIVE_INFINITY,
  max: Number.NEGATIVE_INFINITY,
};

/** Counts the series of pieces that match. Pieces held from one reading to the next never change: each is counted once. */
export class PieceCounter {
  readonly #matches: LabelMatcher;
  readonly #known = new WeakMap<TextPiece, PieceStats>();

  constructor(matches: LabelMatcher) {
    this.#matches = matches;
  }

  /** Totals of the matching series of one piece of a family. */
  of(family: ShownFamily, piece: TextPiece): PieceStats {
    let stats = this.#known.get(piece);
    if (stats === undefined) {
      stats = this.#count(family, piece);
      this.#known.set(piece, stats);
    }
    return stats;
  }

  /**
   * Totals of the matching series of a whole family.
   * @param yieldTurn called after each piece, so that a large family does not hold up everything else
   */
  async total(family: ShownFamily, yieldTurn: () => Promise<void>): Promise<PieceStats> {
    let total = NOTHING;
    for (const piece of family.pieces) {
      if (!this.#known.has(piece)) await yieldTurn();
      const stats = this.of(family, piece);
      total = {
        series: total.series + stats.series,
        samples: total.samples + stats.samples,
        sum: total.sum + stats.sum,
        min: Math.min(total.min, stats.min),
        max: Math.max(total.max, stats.max),
      };
    }
    return total;
  }

  #count(family: ShownFamily, piece: TextPiece): PieceStats {
    let { series, samples, sum, min, max } = NOTHING;
    for (const { labels, value, lines } of seriesBlocks(family, pieceText(piece))) {
      if (this.#matches?.(labels) === false) continue;
      series += 1;
      samples += lines;
      const number = sampleNumber(value);
      if (Number.isNaN(number)) continue;
      sum += number;
      if (number < min) min = number;
      if (number > max) max = number;
    }
    return { series, samples, sum, min, max };
  }
}
