import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  fineBucketIndexOf,
  fineLowerEdgeMs,
  fineUpperEdgeMs,
  HIGHEST_FINE_INDEX,
  LOWEST_FINE_INDEX,
} from '../../src/result/fine-buckets.js';

describe('the fine buckets', () => {
  it('enclose every latency', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (latencyMs) => {
        const index = fineBucketIndexOf(latencyMs);
        // A latency on an edge may fall on either side of it.
        expect(fineLowerEdgeMs(index) * (1 - 1e-12)).toBeLessThanOrEqual(latencyMs);
        expect(fineUpperEdgeMs(index) * (1 + 1e-12)).toBeGreaterThanOrEqual(latencyMs);
      }),
    );
  });

  it('are less than 1 % wide from a microsecond to an hour', () => {
    for (let index = LOWEST_FINE_INDEX + 1; index < HIGHEST_FINE_INDEX; index += 1) {
      expect(fineUpperEdgeMs(index) / fineLowerEdgeMs(index)).toBeLessThan(1.01);
      expect(fineLowerEdgeMs(index)).toBeCloseTo(fineUpperEdgeMs(index - 1), 9);
    }
    expect(fineUpperEdgeMs(LOWEST_FINE_INDEX)).toBeCloseTo(0.001, 4);
    expect(fineLowerEdgeMs(HIGHEST_FINE_INDEX)).toBeGreaterThanOrEqual(3_600_000);
  });

  it('hold values beyond the range in the outermost', () => {
    expect([-1, 0, 1e-9, 1e12, Infinity].map(fineBucketIndexOf)).toEqual([
      ...[LOWEST_FINE_INDEX, LOWEST_FINE_INDEX, LOWEST_FINE_INDEX],
      ...[HIGHEST_FINE_INDEX, HIGHEST_FINE_INDEX],
    ]);
    expect([fineLowerEdgeMs(LOWEST_FINE_INDEX), fineUpperEdgeMs(HIGHEST_FINE_INDEX)]).toEqual([0, Infinity]);
  });
});
