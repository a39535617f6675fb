import { z } from 'zod';

/** The inputs of the task that collects A/B/n metrics from the metrics store. */
export const abnMetricsSchema = z.strictObject({
  application: z.string().min(1).describe('The application, as in "redmeter abn versions".'),
  versions: z
    .array(z.string().min(1))
    .min(1)
    .describe('Which of its versions, in this order; by default all, in the order they were set.')
    .optional(),
});

/** The inputs, validated. */
export type AbnMetricsInput = z.output<typeof abnMetricsSchema>;
