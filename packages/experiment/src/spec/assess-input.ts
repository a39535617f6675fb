import { z } from 'zod';
import type { Rewards } from '../result/reward.js';
import type { Slo } from '../result/slo.js';
import { sloListSchema, slosIn } from './slo-input.js';

const metric = z.string().min(1).describe('The name of a metric, such as built-in/p95.');

/** The inputs of the assess task as an author writes them, in both dialects. */
export const assessSchema = z.strictObject({
  SLOs: sloListSchema
    .describe('Service level objectives, as a list with upperLimit and lowerLimit, or as lists named upper and lower.')
    .optional(),
  guardRails: sloListSchema
    .describe('SLOs that guard against harm, written in the same way; no reward makes up for one that does not hold.')
    .optional(),
  rewards: z
    .strictObject({
      max: z.array(metric).optional(),
      min: z.array(metric).optional(),
      winner: z
        .enum(['confident', 'point'])
        .describe('confident, the default: only a difference beyond chance wins; point: the better estimate wins.')
        .optional(),
      confidence: z.number().gt(0.5).lt(1).describe('How sure a winner must be; 0.95 by default.').optional(),
    })
    .describe('Metrics by which versions compete: the greatest of max and the least of min wins.')
    .optional(),
  looks: z
    .int()
    .min(1)
    .max(1_000_000)
    .describe(
      'How many times the verdict is asked for while data grow, about; 1 by default. With more, and with run --reuse-result, verdicts hold at every look.',
    )
    .optional(),
  stop: z
    .literal('early')
    .describe('early: a loop (run --reuse-result, run --loops) ends as soon as the verdict is certain.')
    .optional(),
});

/** The inputs of the assess task, validated. */
export type AssessInput = z.output<typeof assessSchema>;

/** The SLOs of an assess task, guard rails last. */
export function slosOf({ SLOs, guardRails }: AssessInput): Slo[] {
  return [
    ...(SLOs === undefined ? [] : slosIn(SLOs, false)),
    ...(guardRails === undefined ? [] : slosIn(guardRails, true)),
  ];
}

/** The rewards of an assess task. */
export function rewardsOf({ rewards = {} }: AssessInput): Rewards {
  const { max = [], min = [], winner, confidence } = rewards;
  return {
    max,
    min,
    ...(winner === undefined ? {} : { winner }),
    ...(confidence === undefined ? {} : { confidence }),
  };
}
