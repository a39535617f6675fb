import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { encodeLabels, metricBlock } from '../../src/protobuf/metric-block.js';
import { encodeCounter, encodeGauge } from '../../src/protobuf/metric-value.js';
import { numberPlace, type NumberSample } from '../../src/protobuf/number-place.js';

const block = (labels: string, { type, value, createdMs }: NumberSample): string =>
  metricBlock(labels, type === 'gauge' ? encodeGauge(value) : encodeCounter({ value, createdMs }));

const createdMs = fc.option(fc.oneof(fc.nat(3000), fc.constantFrom(1_763_600_000_123, 253_402_300_800_000)), {
  nil: undefined,
});
const sample: fc.Arbitrary<NumberSample> = fc.oneof(
  fc.record({ type: fc.constant('counter' as const), value: fc.double(), createdMs }),
  fc.record({ type: fc.constant('gauge' as const), value: fc.double(), createdMs: fc.constant(undefined) }),
);
const labels = fc.array(fc.tuple(fc.string(), fc.string({ maxLength: 400 }))).map(encodeLabels);

it('is found where nothing but the number differs, and the block with another number there is that of the sample', () => {
  fc.assert(
    fc.property(labels, sample, sample, fc.boolean(), fc.nat(20), (fields, was, other, isLike, before) => {
      const next = isLike ? ({ ...was, value: other.value } as NumberSample) : other;
      const bytes = Buffer.from(`${'x'.repeat(before)}${block(fields, was)}`, 'latin1');
      const place = numberPlace(bytes, before, bytes.length, next);
      const isSame = block(fields, { ...next, value: 0 }) === block(fields, { ...was, value: 0 });
      expect(place !== undefined).toBe(isSame);
      if (place === undefined) return;
      bytes.writeDoubleLE(next.value, place);
      expect(bytes.toString('latin1', before)).toBe(block(fields, next));
    }),
  );
});

it('is not found where a counter had an exemplar, or is hidden', () => {
  const value = { value: 5, createdMs: 1_763_600_000_123 };
  const exemplars = [{ labels: [['trace_id', 'a']] as const, value: 1, timestampMs: 1_763_600_000_123 }];
  const next: NumberSample = { type: 'counter', value: 6, createdMs: undefined };
  for (const created of [value, { value: 5, createdMs: undefined }]) {
    const bytes = Buffer.from(metricBlock('', encodeCounter({ ...created, exemplars })), 'latin1');
    expect(numberPlace(bytes, 0, bytes.length, { ...next, createdMs: created.createdMs })).toBeUndefined();
  }
  expect(numberPlace(Buffer.alloc(0), 0, 0, next)).toBeUndefined();
});
