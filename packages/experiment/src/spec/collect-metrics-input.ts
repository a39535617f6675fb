import { z } from 'zod';
import { durationMs } from './duration-schema.js';
import { anyGiven } from './field-requirements.js';

const values = z.record(z.string(), z.unknown());

/** The inputs of the task that collects metrics from back ends. */
export const collectMetricsSchema = z
  .strictObject({
    templates: z
      .record(
        z.string().regex(/^[\w.-]+$/, { error: 'a name of letters, digits, ".", "_" and "-"' }),
        z.string().min(1),
      )
      .describe('Template of each provider: a file relative to the spec, a URL, or the name of a shipped template.')
      .optional(),
    providers: z
      .array(z.string().regex(/^[\w.-]+$/, { error: 'a name of letters, digits, ".", "_" and "-"' }))
      .describe('Providers whose templates are the files <provider>.metrics.yaml beside the spec.')
      .optional(),
    values: values.describe('Values for all versions; ${NAME} in a string is taken from the environment.').optional(),
    versionValues: z
      .array(values)
      .min(1)
      .describe('Values of each version, in addition to the common ones.')
      .optional(),
    versionInfo: z.array(values).min(1).describe('Older name of versionValues.').optional(),
    over: z
      .enum(['run', 'total'])
      .describe(
        'What counters and histograms of Redis and Prometheus count: this run (of several versions: the part of each), or everything since they began.',
      )
      .meta({ default: 'run' })
      .optional(),
    settle: durationMs
      .describe(
        'Time until a back end has the latest values of the application: for Redis the flush interval, 5s if not set; 0 for the others.',
      )
      .optional(),
    timeout: durationMs.describe('How long to wait for each response.').meta({ default: '10s' }).optional(),
  })
  .refine((input) => input.templates !== undefined || input.providers !== undefined, {
    error: 'templates, with a template by provider',
  })
  .meta(anyGiven('templates', 'providers'));

/** The inputs, validated. */
export type CollectMetricsInput = z.output<typeof collectMetricsSchema>;
