import { z } from 'zod';

/**
 * Texts that are names for certain, for the OpenAPI document: no control characters, and so few characters that they have 200 bytes of
 * UTF-8 at most. JSON Schema counts no bytes; the store does.
 */
const NAME_PATTERN =
  '^(?:[ -~]{1,200}|[ -~\\u00a0-\\u07ff]{1,100}|[ -~\\u00a0-\\ud7ff\\ue000-\\uffff]{1,66}|[^\\u0000-\\u001f\\u007f-\\u009f]{1,50})$';

/** The name of a user, a metric or a transaction. The store checks it when it is used. */
export function nameSchema(description: string, example: string): z.ZodString {
  return nonEmpty.meta({ description: `${description} ${NAME_RULE}`, examples: [example], pattern: NAME_PATTERN });
}

/** The name of what is looked for, which may be any text: one that cannot be there is not found. */
export function soughtSchema(description: string, example: string): z.ZodString {
  return nonEmpty.meta({ description, examples: [example] });
}

const NAME_RULE = '1 to 200 bytes of UTF-8, no control characters.';
const nonEmpty = z
  .string({ error: 'expected a string' })
  .min(1, { error: 'expected a string of 1 to 200 bytes, got an empty one' });
