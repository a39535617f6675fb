import { z } from 'zod';

/** A field that holds an http:// or https:// URL. */
export const httpUrl = z.string().refine((text) => /^https?:\/\/./.test(text) && URL.canParse(text), {
  error: 'an http:// or https:// URL',
});
