import { z } from 'zod';
import type { Rewards } from '../result/reward.js';
import type { Slo } from '../result/slo.js';
import { sloListSchema, slosIn } from './slo-input.js';

const metric = z.string().min(1).describe('Name of a metric, such as built-in/p95.');

/** The inputs of the assess task as an author writes them, in both dialects. */
export const assessSchema = z.strictObject({
  SLOs: sloListSchema.describe('Service level objectives: lists named upper and lower, or one list.').optional(),
  guardRails: sloListSchema
    .describe('SLOs that guard against harm, written in the same way and reported apart.')
    .optional(),
  rewards: z
    .strictObject({
      max: z.array(metric).describe('Metrics for which the highest value wins.').optional(),
      min: z.array(metric).describe('Metrics for which the lowest value wins.').optional(),
      winner: z
        .enum(['confident', 'point'])
        .describe('confident: only a difference beyond chance wins; point: the better estimate wins.')
        .meta({ default: 'confident' })
        .optional(),
      confidence: z.number().gt(0.5).lt(1).describe('Confidence level of a winner.').meta({ default: 0.95 }).optional(),
    })
    .describe('Metrics by which versions compete.')
    .optional(),
  looks: z
    .int()
    .min(1)
    .max(1_000_000)
    .describe('Approximate number of looks: how often the verdict is computed while data grow.')
    .meta({ default: 1 })
    .optional(),
  stop: z
    .literal('early')
    .describe(
      'A load, and a loop of run --loops, ends as soon as the verdicts are certain; these then hold at every look.',
    )
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
