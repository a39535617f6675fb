import { z } from 'zod';
import type { Margin, Slo } from '../result/slo.js';
import { anyGiven } from './field-requirements.js';

const DEFAULT_BASELINE_CONFIDENCE = 0.95;

const metric = z.string().min(1).describe('Name of a metric, such as http/latency-p95.');
const limit = z.number().describe('Limit, inclusive.');
const confidence = z
  .number()
  .gt(0.5)
  .lt(1)
  .describe('Confidence level of the interval that decides; if not set, the estimate decides, or 0.95 with against.');
const against = z.literal('baseline').describe('Compares with the first version, not with a limit.');
const worse = z
  .union([
    z.number().min(0),
    z
      .string()
      .regex(/^\s*\d+(?:\.\d+)?\s*%\s*$/, { error: 'a share such as 5%, or a number in the unit of the metric' }),
  ])
  .describe('How much worse than the first version is still acceptable: a share such as 5%, or an amount.');
const better = z
  .enum(['lower', 'higher'])
  .describe('Which values of the metric are better; only with against in a list.')
  .meta({ default: 'lower' });

const common = { metric, confidence: confidence.optional(), against: against.optional(), worse: worse.optional() };

type Given = {
  readonly metric: string;
  readonly confidence?: number | undefined;
  readonly against?: 'baseline' | undefined;
  readonly worse?: number | string | undefined;
};

const isWhole = ({ against: to, worse: margin }: Given): boolean => (to === undefined) === (margin === undefined);
const together = { error: 'against: baseline and worse, both or none' };

const listed = z
  .strictObject({ ...common, better: better.optional(), upperLimit: limit.optional(), lowerLimit: limit.optional() })
  .refine(isWhole, together)
  .refine((slo) => (slo.upperLimit !== undefined || slo.lowerLimit !== undefined) !== (slo.against !== undefined), {
    error: 'upperLimit, lowerLimit or both, or against: baseline with worse',
  })
  .refine((slo) => slo.better === undefined || slo.against !== undefined, {
    error: 'better beside against: baseline only',
  })
  .meta({
    ...anyGiven('upperLimit', 'lowerLimit', 'against'),
    dependentRequired: { against: ['worse'], worse: ['against'] },
  });

const bounded = z
  .strictObject({ ...common, limit: limit.optional() })
  .refine(isWhole, together)
  .refine((slo) => (slo.limit !== undefined) !== (slo.against !== undefined), {
    error: 'a limit, or against: baseline with worse',
  })
  .meta({ ...anyGiven('limit', 'against'), dependentRequired: { against: ['worse'], worse: ['against'] } });

/** SLOs as an author writes them: a list (0.8), or lists named upper and lower (0.11). */
export const sloListSchema = z.union([
  z.array(listed),
  z.strictObject({
    upper: z.array(bounded).describe('SLOs with an upper limit.').optional(),
    lower: z.array(bounded).describe('SLOs with a lower limit.').optional(),
  }),
]);

/** The SLOs of either dialect as one list; an SLO with both limits becomes two. */
export function slosIn(input: z.output<typeof sloListSchema>, isGuardRail: boolean): Slo[] {
  if (!Array.isArray(input)) {
    const { upper = [], lower = [] } = input;
    return [
      ...upper.flatMap((slo) => slosOfOne(slo, 'upper', slo.limit, isGuardRail)),
      ...lower.flatMap((slo) => slosOfOne(slo, 'lower', slo.limit, isGuardRail)),
    ];
  }
  return input.flatMap((slo) => {
    if (slo.against !== undefined) {
      return slosOfOne(slo, slo.better === 'higher' ? 'lower' : 'upper', undefined, isGuardRail);
    }
    return [
      ...(slo.upperLimit === undefined ? [] : slosOfOne(slo, 'upper', slo.upperLimit, isGuardRail)),
      ...(slo.lowerLimit === undefined ? [] : slosOfOne(slo, 'lower', slo.lowerLimit, isGuardRail)),
    ];
  });
}

function slosOfOne(given: Given, bound: Slo['bound'], value: number | undefined, isGuardRail: boolean): Slo[] {
  const base = { metric: given.metric, bound, ...(isGuardRail ? { isGuardRail } : {}) } as const;
  if (value !== undefined) {
    return [{ ...base, limit: value, ...(given.confidence === undefined ? {} : { confidence: given.confidence }) }];
  }
  if (given.worse === undefined) return [];
  return [{ ...base, margin: marginOf(given.worse), confidence: given.confidence ?? DEFAULT_BASELINE_CONFIDENCE }];
}

function marginOf(worseBy: number | string): Margin {
  if (typeof worseBy === 'number') return { kind: 'absolute', amount: worseBy };
  // 5 / 100 is 0.05; 7 % of 100 must not be 0.07000000000000001.
  return { kind: 'relative', share: Number((Number.parseFloat(worseBy) / 100).toPrecision(12)) };
}
