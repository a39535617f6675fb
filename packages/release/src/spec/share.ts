import { z } from 'zod';

/** All requests, in the unit of shares: hundredths of a percent. */
export const WHOLE = 10_000;

const PERCENT = 'a percentage from 0 to 100 with at most two decimals';

/** A field that holds a percentage as an author writes it. */
export const percentSchema = z
  .number({ error: PERCENT })
  .min(0, { error: PERCENT })
  .max(100, { error: PERCENT })
  .refine((percent) => Math.abs(percent * 100 - Math.round(percent * 100)) < 1e-6, { error: PERCENT });

/** A percentage in hundredths of a percent. */
export function shareOf(percent: number): number {
  return Math.round(percent * 100);
}

/** A share as people write it: 1250 is `12.5 %`. */
export function shareText(share: number): string {
  return `${share / 100} %`;
}
