import { describe, expect, it } from '@jest/globals';
import {
  loweredIndex,
  MAX_SCHEMA,
  MIN_SCHEMA,
  nativeBound,
  nativeIndex,
  nativeIndexRange,
} from '@redmeter/metric-format';
import fc from 'fast-check';
import { PROMETHEUS_BUCKETS } from './prometheus-buckets.js';

const schema = fc.integer({ min: MIN_SCHEMA, max: MAX_SCHEMA });
const magnitude = fc.double({ min: Number.MIN_VALUE, max: Number.MAX_VALUE, noNaN: true });

describe('buckets of native histograms', () => {
  it('are those of Prometheus, at bounds, powers of two and subnormal numbers too', () => {
    const ours = PROMETHEUS_BUCKETS.map(([schema, value]) => {
      const index = nativeIndex(schema, value);
      return [schema, value, index, nativeBound(schema, index)];
    });
    expect(ours).toEqual(PROMETHEUS_BUCKETS);
  });

  it('hold what falls into them', () => {
    fc.assert(
      fc.property(schema, magnitude, (schema, value) => {
        const index = nativeIndex(schema, value);
        expect(value).toBeLessThanOrEqual(nativeBound(schema, index));
        // Bounds below 2^-1022 are rounded to few digits, so two may be equal.
        if (value >= 2 ** -1020) expect(value).toBeGreaterThan(nativeBound(schema, index - 1));
      }),
    );
  });

  it('are parts of those of a lower schema', () => {
    fc.assert(
      fc.property(schema, schema, magnitude, (a, b, value) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        expect(loweredIndex(nativeIndex(high, value), high - low)).toBe(nativeIndex(low, value));
      }),
    );
  });

  it('end at infinity', () => {
    for (let schema = MIN_SCHEMA; schema <= MAX_SCHEMA; schema += 1) {
      const { least, most } = nativeIndexRange(schema);
      expect(nativeBound(schema, most)).toBe(Number.POSITIVE_INFINITY);
      expect(nativeBound(schema, most - 1)).toBe(Number.MAX_VALUE);
      expect(least).toBe(nativeIndex(schema, 5e-324));
    }
  });
});
