import { z } from 'zod';

/** Whether a text is an http:// or https:// URL. */
export function isHttpUrl(text: string): boolean {
  return /^https?:\/\/./.test(text) && URL.canParse(text);
}

/** A field that holds an http:// or https:// URL, of which any part may come from the environment. */
export const httpUrl = z
  .string()
  .regex(/^(?:https?:\/\/.|\$\{[A-Za-z_]\w*(?::-[^}]*)?\})/, { error: 'an http:// or https:// URL' })
  // Replace every part except the beginning by a number.
  .refine((text) => text.startsWith('$') || isHttpUrl(text.replace(/\$\{[A-Za-z_]\w*\}/g, '1')), {
    error: 'an http:// or https:// URL',
  })
  .meta({ title: 'URL' });
