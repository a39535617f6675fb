import type { ByteWriter } from '../../protobuf/byte-writer.js';
import { FieldReader } from '../../protobuf/field-reader.js';
import type { MetricReader } from './metric-reader.js';

/** Fields of io.prometheus.client.Histogram that io.prometheus.write.v2.Histogram has as well, and their tags there. */
const TAGS: Readonly<Record<number, number>> = {
  1: 0x08, // sample_count
  2: 0x19, // sample_sum
  5: 0x20, // schema
  6: 0x29, // zero_threshold
  7: 0x30, // zero_count
  9: 0x42, // negative_span
  10: 0x4a, // negative_delta
  12: 0x5a, // positive_span
  13: 0x62, // positive_delta
};
const SPANS = [9, 12];
const DELTAS = [10, 13];

const fields = new FieldReader();

/** Writes the fields of a native histogram: the same values with other tags, and the deltas of each side as one packed field. */
export function writeNative(
  writer: ByteWriter,
  bytes: Buffer,
  { start, end }: Pick<MetricReader, 'start' | 'end'>,
): void {
  let packed: { readonly field: number; readonly at: number } | undefined;
  const closePacked = (): void => {
    if (packed !== undefined) writer.close(packed.at);
    packed = undefined;
  };
  fields.begin(bytes, start, end);
  while (fields.next()) {
    const { field } = fields;
    const tag = TAGS[field];
    if (tag === undefined) continue;
    if (packed?.field !== field) {
      closePacked();
      writer.tag(tag);
      if (DELTAS.includes(field)) packed = { field, at: writer.open() };
    }
    if (SPANS.includes(field)) {
      const at = writer.open();
      writer.copy(bytes, fields.start, fields.end);
      writer.close(at);
    } else writer.copy(bytes, fields.start, fields.end);
  }
  closePacked();
}
