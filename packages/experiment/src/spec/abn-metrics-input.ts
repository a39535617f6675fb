import { z } from 'zod';

/** The inputs of the task that collects A/B/n metrics from the metrics store. */
export const abnMetricsSchema = z.strictObject({
  application: z.string().min(1).describe('Name of the application, as in redmeter abn versions.'),
  versions: z
    .array(z.string().min(1))
    .min(1)
    .describe('Versions, in this order; if not set, all of them in the order in which they were set.')
    .optional(),
  ratios: z
    .record(
      z.string().regex(/^[^/\p{Cc}]+$/u, { error: 'a name without "/"' }),
      z.strictObject({
        of: z.string().min(1).describe('Metric to divide, summed over users.'),
        per: z.string().min(1).describe('Metric to divide by, summed over users.'),
      }),
    )
    .describe('By name, one metric divided by another; becomes abn/<name>/ratio.')
    .optional(),
  covariates: z
    .record(z.string(), z.string().min(1))
    .describe('By metric, the metric with what each user did before the experiment (CUPED).')
    .optional(),
});

/** The inputs, validated. */
export type AbnMetricsInput = z.output<typeof abnMetricsSchema>;
