import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BUCKET_EDGES_MS, bucketIndexOf } from '../../src/result/bucket-edges.js';

describe('the bucket edges', () => {
  it('are fine below 100 ms and grow with the value', () => {
    expect(BUCKET_EDGES_MS).toEqual([
      ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 16, 18, 20, 25, 30, 35, 40, 45, 50, 60, 70, 80, 90, 100],
      ...[120, 140, 160, 180, 200, 250, 300, 350, 400, 450, 500, 600, 700, 800, 900, 1000],
      ...[2000, 3000, 4000, 5000, 7500, 10_000, 20_000, 30_000, 40_000, 50_000, 75_000, 100_000],
      ...[200_000, 300_000, 400_000, 500_000, 750_000, 1_000_000],
    ]);
  });

  it('belong to the bucket below them', () => {
    BUCKET_EDGES_MS.forEach((edge, index) => {
      expect(bucketIndexOf(edge)).toBe(index);
      expect(bucketIndexOf(edge + 1e-9 * Math.max(1, edge))).toBe(index + 1);
    });
  });

  it('enclose every latency', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 2e6, noNaN: true }), (latencyMs) => {
        const index = bucketIndexOf(latencyMs);
        expect(latencyMs).toBeLessThanOrEqual(BUCKET_EDGES_MS[index] ?? Infinity);
        expect(latencyMs).toBeGreaterThan(BUCKET_EDGES_MS[index - 1] ?? -1);
      }),
    );
  });
});
