import type { Label } from '@redmeter/metric-format';
import { encodeLabels, labelRange, metricBlock, readLabels } from '../../protobuf/metric-block.js';
import { renamed, type BlockCodec } from './block-codec.js';

/** Series as messages, one character a byte; the name of the metric is in the message of the family. */
export const messageCodec: BlockCodec = {
  encoding: 'latin1',
  labelsOf: (block) => parse(block).labels,
  rename(block, { label }) {
    const { labels, value } = parse(block);
    return metricBlock(encodeLabels(renamed(labels, label)), value);
  },
};

function parse(block: string): { readonly labels: readonly Label[]; readonly value: string } {
  const bytes = Buffer.from(block, 'latin1');
  const { start, end } = labelRange(bytes, 0);
  return { labels: readLabels(bytes, start, end), value: block.slice(end) };
}
