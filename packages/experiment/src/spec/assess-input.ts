import { z } from 'zod';
import type { Slo } from '../result/slo.js';
import { anyGiven } from './field-requirements.js';

const metric = z.string().min(1).describe('The name of a metric, such as built-in/p95.');
const limit = z.number().describe('The limit, inclusive.');
const confidence = z
  .number()
  .gt(0.5)
  .lt(1)
  .describe('The level of the confidence interval that decides, such as 0.95; without it the point estimate decides.')
  .optional();
const limits = z.array(z.strictObject({ metric, limit, confidence })).optional();

/** The inputs of the assess task as an author writes them, in both dialects. */
export const assessSchema = z.strictObject({
  SLOs: z
    .union([
      z.array(
        z
          .strictObject({ metric, upperLimit: limit.optional(), lowerLimit: limit.optional(), confidence })
          .refine((slo) => slo.upperLimit !== undefined || slo.lowerLimit !== undefined, {
            error: 'upperLimit, lowerLimit or both',
          })
          .meta(anyGiven('upperLimit', 'lowerLimit')),
      ),
      z.strictObject({ upper: limits, lower: limits }),
    ])
    .describe('Service level objectives, as a list with upperLimit and lowerLimit, or as lists named upper and lower.')
    .optional(),
  rewards: z
    .strictObject({ max: z.array(metric).optional(), min: z.array(metric).optional() })
    .describe('Metrics by which versions compete: the greatest of max and the least of min wins.')
    .optional(),
});

/** The SLOs of either dialect as one list; an SLO with both limits becomes two. */
export function slosOf(input: z.output<typeof assessSchema>): Slo[] {
  if (input.SLOs === undefined) return [];
  if (!Array.isArray(input.SLOs)) {
    const { upper = [], lower = [] } = input.SLOs;
    return [
      ...upper.map((slo) => sloOf(slo, 'upper', slo.limit)),
      ...lower.map((slo) => sloOf(slo, 'lower', slo.limit)),
    ];
  }
  return input.SLOs.flatMap((slo) => [
    ...(slo.upperLimit === undefined ? [] : [sloOf(slo, 'upper', slo.upperLimit)]),
    ...(slo.lowerLimit === undefined ? [] : [sloOf(slo, 'lower', slo.lowerLimit)]),
  ]);
}

function sloOf(given: { metric: string; confidence?: number | undefined }, bound: Slo['bound'], value: number): Slo {
  const slo = { metric: given.metric, bound, limit: value };
  return given.confidence === undefined ? slo : { ...slo, confidence: given.confidence };
}
