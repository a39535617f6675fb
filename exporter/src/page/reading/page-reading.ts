import type { Look } from '../../scrape/scraper.js';
import { pageFamilies, type PageFamily } from './page-family.js';
import type { Summaries } from './summaries.js';
import { healthTotals, type HealthTotals } from './totals.js';

/** One look at everything, made ready for all who look at the page. */
export interface PageReading {
  readonly nowMs: number;
  readonly readMs: number;
  readonly families: readonly PageFamily[];
  /** Of all series. */
  readonly summaries: Summaries;
  readonly health: HealthTotals;
}

/** Makes a look ready: counts what changed. */
export async function prepareReading(
  look: Extract<Look, { kind: 'shown' }>,
  readMs: number,
  summaries: Summaries,
  breathe: () => Promise<void>,
): Promise<PageReading> {
  const families = pageFamilies(look.families);
  await summaries.update(families, breathe);
  return { nowMs: look.nowMs, readMs, families, summaries, health: healthTotals(look.families) };
}
