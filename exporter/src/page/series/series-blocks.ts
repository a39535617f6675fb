import type { TextPiece } from '../../text/text-piece.js';
import { seriesHead } from '../../series/lines/series-head.js';
import { splitSample } from './sample-line.js';

/** The lines of one series within the text of a piece. */
export interface SeriesBlock {
  /** The text between the braces, without `le`. */
  readonly labels: string;
  /** The value; of a histogram its count. */
  readonly value: string;
  readonly lines: number;
  /** Where it begins in the text. */
  readonly start: number;
  /** Where it ends. */
  readonly end: number;
}

/** The series of a piece of a family, in their order. Lines of a histogram belong together up to its count. */
export function* seriesBlocks(
  { name, type }: { readonly name: string; readonly type: string },
  text: string,
): Generator<SeriesBlock> {
  const countName = `${name}_count`;
  const { bare, open } = seriesHead(countName);
  let start = 0;
  let lines = 0;
  for (let lineStart = 0, lineEnd = text.indexOf('\n'); lineEnd >= 0;) {
    lines += 1;
    const isEnd = type !== 'histogram' || text.startsWith(open, lineStart) || text.startsWith(`${bare} `, lineStart);
    if (isEnd) {
      const line = text.slice(lineStart, lineEnd);
      const { labels, value } = splitSample(line, type === 'histogram' ? countName : name);
      yield { labels, value, lines, start, end: lineEnd + 1 };
      start = lineEnd + 1;
      lines = 0;
    }
    lineStart = lineEnd + 1;
    lineEnd = text.indexOf('\n', lineStart);
  }
}

/** The text of a piece. */
export function pieceText({ bytes }: TextPiece): string {
  return bytes.toString('utf8');
}
