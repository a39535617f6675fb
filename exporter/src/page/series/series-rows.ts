import type { SeriesValues } from '../../../page/src/protocol.js';
import { compareBytes } from '@redmeter/metric-reader';
import type { TextPiece } from '../../text/text-piece.js';
import type { ShownFamily } from '../../series/shown-family.js';
import type { PageFamily } from '../reading/page-family.js';
import type { PieceCounter } from './piece-stats.js';
import { splitSample } from './sample-line.js';
import { pieceText, seriesBlocks } from './series-blocks.js';
import type { LabelMatcher } from './series-filter.js';

const LINE_END = 10;

/** A series as it is shown. */
export interface SeriesRow {
  /** Its labels as text. */
  readonly labels: string;
  readonly values: SeriesValues;
}

/** The first series of a family that are wanted, at most `limit`, in the order of an answer. */
export function seriesRows(
  family: PageFamily,
  { matches, counter }: { readonly matches: LabelMatcher; readonly counter: PieceCounter },
  limit: number,
): SeriesRow[] {
  const rows: SeriesRow[] = [];
  const percentiles = family.percentiles.map((derived) =>
    derived === undefined ? undefined : new SampleFinder(derived),
  );
  for (const piece of family.pieces) {
    if (rows.length >= limit) break;
    if (counter.of(family, piece).series === 0) continue;
    const text = pieceText(piece);
    for (const { labels, value, start, end } of seriesBlocks(family, text)) {
      if (matches?.(labels) === false) continue;
      const values =
        family.type === 'histogram'
          ? [
              value,
              sumIn(text.slice(start, end), family.name),
              ...percentiles.map((finder) => finder?.find(labels) ?? null),
            ]
          : [value];
      rows.push({ labels, values });
      if (rows.length >= limit) break;
    }
  }
  return rows;
}

/** The sum of a histogram is on the line before its count. */
function sumIn(block: string, name: string): string | null {
  const line = block.trimEnd().split('\n').at(-2);
  return line === undefined ? null : splitSample(line, `${name}_sum`).value;
}

interface PieceRange {
  readonly piece: TextPiece;
  /** Labels of its first and last series. */
  readonly first: string;
  readonly last: string;
}

/** Finds values by labels in a family of gauges, going through no more of its pieces than needed. */
class SampleFinder {
  readonly #family: ShownFamily;
  readonly #ranges: readonly PieceRange[];
  readonly #indexes = new Map<TextPiece, ReadonlyMap<string, string>>();

  constructor(family: ShownFamily) {
    this.#family = family;
    this.#ranges = family.pieces.map((piece) => {
      const { bytes } = piece;
      const first = bytes.subarray(0, bytes.indexOf(LINE_END)).toString('utf8');
      const last = bytes.subarray(bytes.lastIndexOf(LINE_END, -2) + 1, -1).toString('utf8');
      const labelsOf = (line: string): string => splitSample(line, family.name).labels;
      return { piece, first: labelsOf(first), last: labelsOf(last) };
    });
  }

  /** The value of the series with these labels. */
  find(labels: string): string | undefined {
    // Pieces are sorted within a shard; those of several shards are concatenated.
    for (const { piece, first, last } of this.#ranges) {
      if (compareBytes(first, labels) > 0 || compareBytes(labels, last) > 0) continue;
      const value = this.#index(piece).get(labels);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  #index(piece: TextPiece): ReadonlyMap<string, string> {
    let index = this.#indexes.get(piece);
    if (index === undefined) {
      const blocks = seriesBlocks(this.#family, pieceText(piece));
      index = new Map(Array.from(blocks, ({ labels, value }) => [labels, value]));
      this.#indexes.set(piece, index);
    }
    return index;
  }
}
