import { z } from 'zod';
import type { ExperimentResult } from '../result/experiment-result.js';
import { PACKED_BUCKETS, unpackBuckets } from './packed-buckets.js';

const count = z.number().min(0);
const counts = z.record(z.string(), count);
const slo = z.object({
  metric: z.string(),
  bound: z.enum(['upper', 'lower']),
  limit: z.number(),
  confidence: z.number().exactOptional(),
});

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
  interval: z
    .object({ low: z.number(), high: z.number().exactOptional(), level: z.number(), method: z.string() })
    .exactOptional(),
  reason: z.string().exactOptional(),
  warning: z.string().exactOptional(),
});

const comparison = z.object({
  metric: z.string(),
  version: z.int(),
  baseline: z.int(),
  measure: z.enum(['difference', 'superiority']),
  effect: z.number(),
  interval: z.object({ low: z.number(), high: z.number(), level: z.number() }).exactOptional(),
  standardizedEffect: z.number().exactOptional(),
  test: z.enum(['Welch', 'Mann–Whitney', 'Fisher exact']),
  pValue: z.number(),
  adjustedPValue: z.number(),
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
  metricSamples: z
    .array(z.record(z.string(), z.object({ count, mean: z.number(), squaredDeviations: count })))
    .exactOptional(),
  histograms: z
    .array(z.record(z.string(), z.array(z.object({ lower: z.number(), upper: z.number(), count }))))
    .exactOptional(),
  skippedMetrics: z.array(z.object({ metric: z.string(), version: z.int(), reason: z.string() })),
  slos: z.array(slo),
  verdicts: z.array(z.array(verdict)),
  rewards: z.array(
    z.object({
      metric: z.string(),
      direction: z.enum(['max', 'min']),
      winner: z.int().nullable(),
      reason: z.string().exactOptional(),
    }),
  ),
  comparisons: z.array(comparison),
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
