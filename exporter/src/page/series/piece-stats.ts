import type { TextPiece } from '../../text/text-piece.js';
import type { ShownFamily } from '../../series/shown-family.js';
import { sampleNumber } from './sample-line.js';
import { pieceText, seriesBlocks } from './series-blocks.js';
import type { LabelMatcher } from './series-filter.js';

/** What the series of a piece, or of several, come to. */
export interface PieceStats {
  readonly series: number;
  readonly samples: number;
  /** Of values that are numbers; infinite bounds where there are none. */
  readonly sum: number;
  readonly least: number;
  readonly most: number;
}

const NOTHING: PieceStats = {
  series: 0,
  samples: 0,
  sum: 0,
  least: Number.POSITIVE_INFINITY,
  most: Number.NEGATIVE_INFINITY,
};

/** Counts what a matcher takes of pieces. Pieces that are held from one look to the next never change: each is gone through once. */
export class PieceCounter {
  readonly #matches: LabelMatcher;
  readonly #known = new WeakMap<TextPiece, PieceStats>();

  constructor(matches: LabelMatcher) {
    this.#matches = matches;
  }

  /** What is taken of one piece of a family. */
  of(family: ShownFamily, piece: TextPiece): PieceStats {
    let stats = this.#known.get(piece);
    if (stats === undefined) {
      stats = this.#count(family, piece);
      this.#known.set(piece, stats);
    }
    return stats;
  }

  /**
   * What is taken of a whole family.
   * @param breathe called after each piece, so that a large family does not hold up everything else
   */
  async total(family: ShownFamily, breathe: () => Promise<void>): Promise<PieceStats> {
    let total = NOTHING;
    for (const piece of family.pieces) {
      if (!this.#known.has(piece)) await breathe();
      const stats = this.of(family, piece);
      total = {
        series: total.series + stats.series,
        samples: total.samples + stats.samples,
        sum: total.sum + stats.sum,
        least: Math.min(total.least, stats.least),
        most: Math.max(total.most, stats.most),
      };
    }
    return total;
  }

  #count(family: ShownFamily, piece: TextPiece): PieceStats {
    let { series, samples, sum, least, most } = NOTHING;
    for (const { labels, value, lines } of seriesBlocks(family, pieceText(piece))) {
      if (this.#matches?.(labels) === false) continue;
      series += 1;
      samples += lines;
      const number = sampleNumber(value);
      if (Number.isNaN(number)) continue;
      sum += number;
      if (number < least) least = number;
      if (number > most) most = number;
    }
    return { series, samples, sum, least, most };
  }
}
