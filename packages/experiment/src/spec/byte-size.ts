import { z } from 'zod';

const FORM = 'a number of bytes such as 42 MB';
const POWERS = ['', 'k', 'm', 'g'];

/** A field that holds a number of bytes, alone or with a unit: kB, MB and GB of thousands, KiB, MiB and GiB of 1024; validated into bytes. */
export const byteSize = z
  .union([z.int().min(1), z.string().regex(/^\s*\d+(?:\.\d+)?\s*(?:[kmgKMG]?[iI]?[bB]?)\s*$/, { error: FORM })], {
    error: FORM,
  })
  .transform((given, context) => {
    const bytes = typeof given === 'number' ? given : bytesOf(given);
    if (bytes >= 1) return bytes;
    context.addIssue({ code: 'custom', message: `${FORM}, above zero` });
    return z.NEVER;
  })
  .meta({ title: 'bytes' });

function bytesOf(text: string): number {
  const [, number = '', prefix = '', binary] = /^([\d.]+)\s*([kmg]?)(i?)b?$/.exec(text.trim().toLowerCase()) ?? [];
  return Math.round(Number(number) * (binary === 'i' ? 1024 : 1000) ** POWERS.indexOf(prefix));
}
