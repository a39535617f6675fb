import { describe, expect, it } from '@jest/globals';
import { certainVerdicts, type JudgedLoad } from '../../../src/assess/load-certainty.js';
import { fineBucketIndexOf } from '../../../src/result/fine-buckets.js';
import { NO_LATENCIES } from '../../../src/result/latency-summary.js';
import type { LoadSummary } from '../../../src/result/load-summary.js';
import type { Slo } from '../../../src/result/slo.js';
import { insightsOf, loadOf } from '../../builders/insights.js';
import { mostOf, randomFrom } from '../../builders/simulated-values.js';

// Loads that are judged while they run, as often as a load is: after each 5 % more. A few requests are under way at each check.
const PLANNED = 500;
const RUNS = 100;
const LIMIT_MS = 100;
const [FAST, SLOW] = [10, 500].map(fineBucketIndexOf) as [number, number];

function load(requests: number, slow: number, errors: number): LoadSummary {
  const buckets = [
    { index: FAST, count: requests - slow },
    { index: SLOW, count: slow },
  ].filter(({ count }) => count > 0);
  return loadOf([], {
    requests,
    errors,
    latency: { ...NO_LATENCIES, count: requests, minMs: 10, maxMs: slow > 0 ? 500 : 10, buckets },
  });
}

type End = { readonly state: string | undefined; readonly requests: number };

/** Runs one load whose requests are slow, or fail, with these probabilities. */
function runLoad(slo: Slo, random: () => number, slowShare: number, errorShare: number): End {
  const judged: JudgedLoad = { version: 0, group: 'built-in', slos: [slo], rewards: [], plannedSize: PLANNED };
  let [slow, errors, next] = [0, 0, 5];
  for (let requests = 1; requests <= PLANNED; requests += 1) {
    if (random() < slowShare) slow += 1;
    if (random() < errorShare) errors += 1;
    if (requests < next) continue;
    next = Math.ceil(requests * 1.05);
    const underWay = Math.min(PLANNED - requests, Math.floor(random() * 4));
    const now = load(requests, slow, errors);
    const found = certainVerdicts(insightsOf(now), judged, now, underWay);
    if (found !== undefined) return { state: found.slos[0]?.state, requests };
  }
  return { state: undefined, requests: PLANNED };
}

const p95: Slo = { metric: 'built-in/p95', bound: 'upper', limit: LIMIT_MS, confidence: 0.95 };
const errorRate: Slo = { metric: 'built-in/error-rate', bound: 'upper', limit: 0.05, confidence: 0.95 };

describe.each([
  ['a percentile', p95, (share: number): [number, number] => [share, 0]],
  ['an error rate', errorRate, (share: number): [number, number] => [0, share]],
])('of loads that end early by %s', (_name, slo, shares) => {
  const ends = (share: number, seed: number): End[] => {
    const random = randomFrom(seed);
    return Array.from({ length: RUNS }, () => runLoad(slo, random, ...shares(share)));
  };

  it('at most one in twenty ends when there is nothing to decide', () => {
    // Five in a hundred are beyond the limit: it is exactly where it may be, and an interval that leaves that out is wrong.
    const wrong = ends(0.05, 41).filter(({ state }) => state !== undefined).length;
    expect(wrong).toBeLessThanOrEqual(mostOf(RUNS, 0.05));
  });

  it.each([
    [0, 'satisfied', 0.7],
    [0.3, 'violated', 0.2],
  ])('with %d beyond the limit nearly all end, %s, after a part of what was planned', (share, state, part) => {
    const found = ends(share, 42);
    const right = found.filter((end) => end.state === state);
    expect(right.length).toBeGreaterThan(0.97 * RUNS);
    const sent = right.reduce((sum, { requests }) => sum + requests, 0) / right.length;
    expect(sent).toBeLessThan(part * PLANNED);
  });
});
