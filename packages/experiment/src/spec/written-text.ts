import { z } from 'zod';

/** A field that holds text, which YAML may take for a number or a boolean where an author left out the quotes. */
export const writtenText = z
  .union([z.string(), z.number(), z.boolean()], { error: 'a string, a number, true or false' })
  .transform(String)
  .meta({ title: 'text' });
