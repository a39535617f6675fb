import { z } from 'zod';
import { DURATION_FORM, parseDurationMs } from './duration.js';

/** A field that holds a duration as Go writes it; validated into milliseconds. */
export const durationMs = z.string({ error: DURATION_FORM }).transform((text, context) => {
  const parsed = parseDurationMs(text);
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: 'custom', message: `${DURATION_FORM}, above zero` });
  return z.NEVER;
});
