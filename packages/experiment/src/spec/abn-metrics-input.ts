import { z } from 'zod';

/** The inputs of the task that collects A/B/n metrics from the metrics store. */
export const abnMetricsSchema = z.strictObject({
  application: z.string().min(1).describe('The application, as in "redmeter abn versions".'),
  versions: z
    .array(z.string().min(1))
    .min(1)
    .describe('Which of its versions, in this order; by default all, in the order they were set.')
    .optional(),
  ratios: z
    .record(
      z.string().regex(/^[^/\p{Cc}]+$/u, { error: 'a name without "/"' }),
      z.strictObject({
        of: z.string().min(1).describe('The metric to divide, summed over users.'),
        per: z.string().min(1).describe('The metric to divide by, summed over users.'),
      }),
    )
    .describe('By name: one metric over another one, such as what was spent per order; abn/<name>/ratio.')
    .optional(),
  covariates: z
    .record(z.string(), z.string().min(1))
    .describe(
      'By metric: the metric that holds what each user gave before the experiment; takes out the variance it explains (CUPED).',
    )
    .optional(),
});

/** The inputs, validated. */
export type AbnMetricsInput = z.output<typeof abnMetricsSchema>;
