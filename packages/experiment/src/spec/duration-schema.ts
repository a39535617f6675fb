import { z } from 'zod';
import { DURATION_FORM, parseDurationMs } from './duration.js';

/** For editors: what the validator of durations takes, some digit of which is not a zero, or a value that is filled in. */
export const DURATION_PATTERN =
  '^(?:(?=.*[1-9])(?:(?:\\d+\\.?\\d*|\\.\\d+)(?:[nu\u00b5\u03bcm]s|[smh]))+|\\$\\{[A-Za-z_]\\w*(?::-[^}]*)?\\})$';

/** A field that holds a duration as Go writes it; validated into milliseconds. */
export const durationMs = z
  .string({ error: DURATION_FORM })
  .transform((text, context) => {
    const parsed = parseDurationMs(text);
    if (parsed !== undefined) return parsed;
    context.addIssue({ code: 'custom', message: `${DURATION_FORM}, above zero` });
    return z.NEVER;
  })
  .meta({ title: 'duration', pattern: DURATION_PATTERN });
