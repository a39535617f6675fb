import { z } from 'zod';
import type { ExperimentResult } from '../result/experiment-result.js';
import { PACKED_BUCKETS, unpackBuckets } from './packed-buckets.js';

const count = z.number().min(0);
const counts = z.record(z.string(), count);
const sloBase = {
  metric: z.string(),
  bound: z.enum(['upper', 'lower']),
  isGuardRail: z.literal(true).exactOptional(),
};
const slo = z.union([
  z.object({ ...sloBase, limit: z.number(), confidence: z.number().exactOptional() }),
  z.object({
    ...sloBase,
    margin: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('relative'), share: count }),
      z.object({ kind: z.literal('absolute'), amount: count }),
    ]),
    confidence: z.number(),
  }),
]);

const moments = { count, mean: z.number(), squaredDeviations: count, cubedDeviations: z.number().exactOptional() };
const pairs = z.object({
  count,
  mean: z.number(),
  squaredDeviations: count,
  otherMean: z.number(),
  otherSquaredDeviations: count,
  products: z.number(),
});
const sample = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('mean'),
    ...moments,
    covariate: z.object({ metric: z.string(), pairs, without: z.object(moments) }).exactOptional(),
  }),
  z.object({ kind: z.literal('ratio'), pairs }),
  z.object({ kind: z.literal('proportion'), successes: count, trials: count }),
  z.object({ kind: z.literal('events'), events: count, seconds: count }),
  z.object({
    kind: z.literal('histogram'),
    bounds: z.array(z.number()),
    counts: z.array(count),
    sum: z.number().exactOptional(),
  }),
]);
// Samples of means had no kind before there were others.
const samples = z.record(
  z.string(),
  z.union([sample, z.object(moments).transform((given) => ({ kind: 'mean' as const, ...given }))]),
);

const confidenceInterval = {
  low: z.number().exactOptional(),
  high: z.number().exactOptional(),
  level: z.number(),
  isForEveryLook: z.literal(true).exactOptional(),
};
const moreObservations = z.object({ count, unit: z.string() }).exactOptional();
const adjustment = z.object({ covariate: z.string(), varianceExplained: z.number() }).exactOptional();

const latency = z.object({
  count,
  meanMs: z.number(),
  squaredDeviationsMs2: count,
  minMs: count,
  maxMs: count,
  // Results of older versions do not say.
  layout: z.enum(['fine', 'iter8']).default('iter8'),
  buckets: z.union([
    z.string().regex(PACKED_BUCKETS, { error: 'buckets such as -44=3 -43=12' }).transform(unpackBuckets),
    z.array(z.object({ index: z.int(), count })),
  ]),
});

const lateness = z.object({ count, totalMs: count, maxMs: count });

const load = z.object({
  requests: count,
  errors: count,
  statusCodes: counts,
  failures: counts,
  // Results of older versions do not say.
  latencyFrom: z.enum(['due', 'send']).default('send'),
  latency,
  serviceTime: latency.exactOptional(),
  latencyAtMost: latency.exactOptional(),
  lateSends: z.object({ waiting: lateness, generator: lateness, unsent: count }).exactOptional(),
  seconds: count,
  requestedRate: z.number().nullable(),
  reachedRate: count,
  percentiles: z.array(z.number()),
  earlyEnd: z.object({ plannedSize: count, reason: z.string().exactOptional() }).exactOptional(),
  timeline: z.object({
    intervalSeconds: z.number(),
    points: z.array(
      z.object({
        second: count,
        requests: count,
        errors: count,
        meanMs: z.number().nullable(),
        maxMs: z.number().nullable(),
      }),
    ),
  }),
});

const verdict = z.object({
  state: z.enum(['satisfied', 'violated', 'inconclusive']),
  value: z.number().exactOptional(),
  change: z.number().exactOptional(),
  interval: z.object({ ...confidenceInterval, method: z.string() }).exactOptional(),
  reason: z.string().exactOptional(),
  warning: z.string().exactOptional(),
  moreObservations,
  adjustment,
});

const comparison = z.object({
  metric: z.string(),
  version: z.int(),
  baseline: z.int(),
  measure: z.enum(['difference', 'superiority']),
  effect: z.number(),
  interval: z.object(confidenceInterval).exactOptional(),
  standardizedEffect: z.number().exactOptional(),
  test: z.enum(['Welch', 'Mann–Whitney', 'Fisher exact', 'order statistics', 'delta method', 'binomial']),
  pValue: z.number(),
  adjustedPValue: z.number(),
  adjustment,
});

const reward = z.object({
  metric: z.string(),
  direction: z.enum(['max', 'min']),
  winner: z.int().nullable(),
  reason: z.string().exactOptional(),
  confidence: z.number().exactOptional(),
  best: z.int().exactOptional(),
  comparisons: z
    .array(
      z.object({
        version: z.int(),
        effect: z.number(),
        interval: z.object(confidenceInterval),
        pValue: z.number(),
        adjustedPValue: z.number(),
        test: z.string(),
        adjustment,
      }),
    )
    .exactOptional(),
  moreObservations,
});

const looks = z.object({
  count: z.int().min(1),
  validity: z.enum(['one look', 'every look']),
  earlierOneLooks: count,
  plannedSizes: z.array(z.record(z.string(), count)),
  history: z.array(
    z.object({
      number: z.int().min(1),
      time: z.string().exactOptional(),
      verdicts: z.array(
        z.array(
          z.object({
            state: z.enum(['satisfied', 'violated', 'inconclusive']),
            value: z.number().exactOptional(),
            change: z.number().exactOptional(),
            low: z.number().exactOptional(),
            high: z.number().exactOptional(),
          }),
        ),
      ),
      winners: z.array(z.int().nullable()),
    }),
  ),
});

const insights = z.object({
  numVersions: z.int().min(1),
  versionNames: z.array(z.string().nullable()),
  loads: z.array(z.record(z.string(), load)),
  metricsInfo: z.record(
    z.string(),
    z.object({
      type: z.string().exactOptional(),
      description: z.string().exactOptional(),
      units: z.string().exactOptional(),
    }),
  ),
  metricValues: z.array(z.record(z.string(), z.number())),
  metricSamples: z.array(samples).exactOptional(),
  assignment: z
    .object({
      application: z.string(),
      weights: z.array(count),
      exposed: z.array(count),
      valued: z.record(z.string(), z.array(count)),
      denominators: z.record(z.string(), z.string()),
    })
    .exactOptional(),
  histograms: z
    .array(z.record(z.string(), z.array(z.object({ lower: z.number(), upper: z.number(), count }))))
    .exactOptional(),
  skippedMetrics: z.array(z.object({ metric: z.string(), version: z.int(), reason: z.string() })),
  slos: z.array(slo),
  verdicts: z.array(z.array(verdict)),
  rewards: z.array(reward),
  comparisons: z.array(comparison),
  checks: z
    .array(
      z.object({
        kind: z.enum(['split', 'attrition', 'covariate']),
        metric: z.string().exactOptional(),
        holds: z.boolean(),
        pValue: z.number(),
        finding: z.string(),
      }),
    )
    .exactOptional(),
  looks: looks.exactOptional(),
});

/** The validator of our own results. */
export const resultSchema: z.ZodType<ExperimentResult> = z.object({
  startTime: z.string(),
  numLoops: z.int().min(1),
  numTasks: z.int().exactOptional(),
  numCompletedTasks: z.int().min(0),
  failure: z.boolean(),
  failureReason: z.string().exactOptional(),
  tasks: z.array(
    z.object({
      name: z.string(),
      state: z.enum(['completed', 'skipped', 'failed']),
      reason: z.string().exactOptional(),
    }),
  ),
  insights: insights.exactOptional(),
  specText: z.string().exactOptional(),
});
