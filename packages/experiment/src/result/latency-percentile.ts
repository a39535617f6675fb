import { bucketsOf, type LatencySummary } from './latency-summary.js';

/**
 * The latency in milliseconds that `percent` of the answers did not exceed, interpolated linearly within its bucket (as fortio's
 * `CalcPercentile` does); up to 100/count it is the minimum, from 100 on the maximum.
 * Undefined when there is no latency.
 */
export function latencyPercentileMs(summary: LatencySummary, percent: number): number | undefined {
  if (summary.count === 0) return undefined;
  if (percent >= 100) return summary.maxMs;
  const rank = (percent / 100) * summary.count;
  if (rank <= 1) return summary.minMs;
  let below = 0;
  // The minimum itself stands at rank 1, so the first bucket interpolates from there.
  let previousRank = 1;
  for (const bucket of bucketsOf(summary)) {
    below += bucket.count;
    if (rank <= below) {
      const fraction = below === previousRank ? 1 : (rank - previousRank) / (below - previousRank);
      return bucket.lowerMs + fraction * (bucket.upperMs - bucket.lowerMs);
    }
    previousRank = below;
  }
  return summary.maxMs;
}
