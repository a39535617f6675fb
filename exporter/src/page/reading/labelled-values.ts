import type { LabelPair } from '../../../page/src/protocol.js';
import type { ShownFamily } from '../../series/shown-family.js';
import { parseLabelText } from '../series/parsed-labels.js';
import { sampleNumber } from '../series/sample-line.js';
import { pieceText, seriesBlocks } from '../series/series-blocks.js';

/** The samples of a family with parsed labels; for families with few series. */
export function* labelledValues(
  family: ShownFamily | undefined,
): Generator<{ readonly labels: readonly LabelPair[]; readonly value: number }> {
  if (family === undefined) return;
  for (const piece of family.pieces) {
    for (const { labels, value } of seriesBlocks(family, pieceText(piece))) {
      yield { labels: parseLabelText(labels), value: sampleNumber(value) };
    }
  }
}

/** The value of a label; undefined if it is missing. */
export function labelValue(labels: readonly LabelPair[], name: string): string | undefined {
  return labels.find(([other]) => other === name)?.[1];
}
