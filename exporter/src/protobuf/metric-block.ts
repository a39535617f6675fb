import type { Label } from '@redmeter/metric-format';
import { counted, readVarint, tag, utf8, varint } from './wire.js';

// A series in its family: `repeated Metric metric = 4`, with its labels first, as `repeated LabelPair label = 1`.
const METRIC = tag(4, 'bytes');
const LABEL = tag(1, 'bytes');
const LABEL_BYTE = LABEL.charCodeAt(0);
const NAME = tag(1, 'bytes');
const VALUE = tag(2, 'bytes');

/** The labels of a series or of an exemplar, as fields of its message. */
export function encodeLabels(labels: readonly Label[]): string {
  let bytes = '';
  for (const [name, value] of labels) {
    bytes += LABEL + counted(NAME + counted(utf8(name)) + VALUE + counted(utf8(value)));
  }
  return bytes;
}

/**
 * A series as it stands in its family.
 * @param labels see encodeLabels
 * @param value what stands after the labels: the field with the value, see metric-value.ts
 */
export function metricBlock(labels: string, value: string): string {
  return METRIC + varint(labels.length + value.length) + labels + value;
}

/** Where the labels of a series begin and end among the bytes of its block. */
export function labelRange(bytes: Uint8Array, blockStart: number): { readonly start: number; readonly end: number } {
  const start = readVarint(bytes, blockStart + METRIC.length).end;
  let end = start;
  while (bytes[end] === LABEL_BYTE) {
    const length = readVarint(bytes, end + 1);
    end = length.end + length.value;
  }
  return { start, end };
}

/** Reads what encodeLabels wrote, from `start` to `end`. */
export function readLabels(bytes: Buffer, start: number, end: number): Label[] {
  const labels: Label[] = [];
  for (let at = start; at < end;) {
    const label = readVarint(bytes, at + LABEL.length);
    const name = readVarint(bytes, label.end + NAME.length);
    const nameEnd = name.end + name.value;
    const value = readVarint(bytes, nameEnd + VALUE.length);
    labels.push([
      bytes.toString('utf8', name.end, nameEnd),
      bytes.toString('utf8', value.end, value.end + value.value),
    ]);
    at = label.end + label.value;
  }
  return labels;
}
