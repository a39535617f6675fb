import { z } from 'zod';
import { DURATION_FORM, parseDurationMs } from './duration.js';

/** A field that holds a duration as Go writes it; validated into milliseconds. */
export const durationMs = z
  .string({ error: DURATION_FORM })
  .transform((text, context) => {
    const parsed = parseDurationMs(text);
    if (parsed !== undefined) return parsed;
    context.addIssue({ code: 'custom', message: `${DURATION_FORM}, above zero` });
    return z.NEVER;
  })
  // For editors: what the transformation takes, some digit of which is not a zero.
  .meta({ title: 'duration', pattern: '^(?=.*[1-9])(?:(?:\\d+\\.?\\d*|\\.\\d+)(?:[nu\u00b5\u03bcm]s|[smh]))+$' });
