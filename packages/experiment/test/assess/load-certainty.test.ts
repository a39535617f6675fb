import { describe, expect, it } from '@jest/globals';
import { evidenceInterval } from '../../src/assess/evidence/evidence-interval.js';
import type { Evidence } from '../../src/assess/evidence/evidence.js';
import { sideOfLimit } from '../../src/assess/evidence/side-of-limit.js';
import { certainVerdicts, type JudgedLoad } from '../../src/assess/load-certainty.js';
import type { Slo } from '../../src/result/slo.js';
import { insightsOf, loadOf } from '../builders/insights.js';
import { randomFrom } from '../builders/simulated-values.js';

describe('the side of a limit', () => {
  const sideByInterval = (evidence: Evidence, limit: number, planned: number): string => {
    const found = evidenceInterval(evidence, 0.95, planned);
    if (found.kind !== 'interval') return 'open';
    return found.interval.high <= limit ? 'below' : found.interval.low > limit ? 'above' : 'open';
  };

  it.each([0.01, 0.05, 0.3])('of a share is that of its interval, at %d', (limit) => {
    const random = randomFrom(1);
    const seen = new Set<string>();
    for (let run = 0; run < 40; run += 1) {
      const trials = 1 + Math.floor(random() * 1500);
      const successes = Math.min(trials, Math.floor(random() * random() * 4 * limit * trials));
      const proportion = { successes, trials };
      const common = { value: successes / trials, observations: trials, unit: 'requests' } as const;
      const evidence: Evidence = { kind: 'proportion', ...common, proportion };
      const side = sideOfLimit(evidence, limit, 0.95, 500);
      expect([successes, trials, side]).toEqual([successes, trials, sideByInterval(evidence, limit, 500)]);
      seen.add(side);
    }
    expect(seen.size).toBe(3);
  });

  it.each([0.5, 0.95])('of a percentile is that of its interval, at %d', (probability) => {
    const random = randomFrom(2);
    const seen = new Set<string>();
    for (let run = 0; run < 40; run += 1) {
      const sizes = Array.from({ length: 6 }, () => Math.floor(random() * random() * 200));
      const buckets = sizes
        .map((count, index) => ({ lower: index, upper: index + 1, count }))
        .filter(({ count }) => count > 0);
      const count = buckets.reduce((sum, bucket) => sum + bucket.count, 0);
      if (count === 0) continue;
      const common = { value: 0, observations: count, unit: 'answers' } as const;
      const evidence: Evidence = { kind: 'quantile', ...common, probability, distribution: { count, buckets } };
      for (const limit of [0.5, 1, 2, 3.5, 5, 6]) {
        const side = sideOfLimit(evidence, limit, 0.95, 300);
        expect([sizes, limit, side]).toEqual([sizes, limit, sideByInterval(evidence, limit, 300)]);
        seen.add(side);
      }
    }
    expect(seen.size).toBe(3);
  });
});

describe('a load that is judged while it runs', () => {
  const upper = (metric: string, limit: number): Slo => ({ metric, bound: 'upper', limit, confidence: 0.95 });
  const judged = (overrides: Partial<JudgedLoad>): JudgedLoad => ({
    version: 0,
    group: 'built-in',
    slos: [],
    rewards: [],
    plannedSize: 1000,
    ...overrides,
  });
  const fast = loadOf(new Array<number>(400).fill(5));
  const failing = loadOf(new Array<number>(100).fill(5), { errors: 60 });

  it('is certain when all SLOs are satisfied, or one is violated', () => {
    const slos = [upper('built-in/p95', 100), upper('built-in/error-rate', 0.02)];
    const good = certainVerdicts(insightsOf(fast), judged({ slos }), fast, 0);
    expect(good?.slos.map(({ state }) => state)).toEqual(['satisfied', 'satisfied']);
    const bad = certainVerdicts(insightsOf(failing), judged({ slos }), failing, 0);
    expect(bad?.slos).toEqual([{ slo: slos[1], state: 'violated' }]);
  });

  it('is open while one SLO is', () => {
    const slos = [upper('built-in/p95', 100), upper('built-in/p99.9', 100)];
    expect(certainVerdicts(insightsOf(fast), judged({ slos }), fast, 0)).toBeUndefined();
  });

  it.each([
    [0, true],
    [3, true],
    [100, false],
  ])('counts %d requests under way as the worst and as the best', (underWay, isCertain) => {
    const slos = [upper('built-in/p95', 100)];
    expect(certainVerdicts(insightsOf(fast), judged({ slos }), fast, underWay) !== undefined).toBe(isCertain);
    const slow = loadOf(new Array<number>(400).fill(500));
    expect(certainVerdicts(insightsOf(slow), judged({ slos }), slow, 10_000)).toBeUndefined();
  });

  it('decides nothing without a confidence', () => {
    const slos: Slo[] = [{ metric: 'built-in/p95', bound: 'upper', limit: 100 }];
    expect(certainVerdicts(insightsOf(fast), judged({ slos }), fast, 0)).toBeUndefined();
  });

  it('continues for the versions that are compared with it, and for the winner', () => {
    const slow = loadOf(Array.from({ length: 400 }, (_, index) => 50 + (index % 7)));
    const quick = loadOf(Array.from({ length: 400 }, (_, index) => 5 + (index % 7)));
    const two = insightsOf(slow, quick);
    const baseline: Slo = {
      metric: 'built-in/mean-latency',
      bound: 'upper',
      margin: { kind: 'relative', share: 0.05 },
      confidence: 0.95,
    };
    expect(certainVerdicts(two, judged({ slos: [baseline] }), slow, 0)).toBeUndefined();
    expect(certainVerdicts(two, judged({ slos: [baseline], version: 1 }), quick, 0)?.slos).toMatchObject([
      { state: 'satisfied' },
    ]);
    const rewards = [{ max: [], min: ['built-in/mean-latency'] }];
    const slos = [upper('built-in/p95', 100)];
    expect(certainVerdicts(two, judged({ slos, rewards }), slow, 0)).toBeUndefined();
    expect(certainVerdicts(two, judged({ slos, rewards, version: 1 }), quick, 0)?.winners).toHaveLength(1);
  });
});
