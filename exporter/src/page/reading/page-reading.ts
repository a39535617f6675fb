import type { ShownMetrics } from '../../scrape/scraper.js';
import { pageFamilies, type PageFamily } from './page-family.js';
import type { Summaries } from './summaries.js';
import { healthTotals, type HealthTotals } from './totals.js';

/** One reading of all metrics, prepared for all viewers of the page. */
export interface PageReading {
  readonly nowMs: number;
  readonly readMs: number;
  readonly families: readonly PageFamily[];
  /** Of all series. */
  readonly summaries: Summaries;
  readonly health: HealthTotals;
}

/** Prepares a reading: counts what changed. */
export async function prepareReading(
  shown: Extract<ShownMetrics, { kind: 'shown' }>,
  readMs: number,
  summaries: Summaries,
  yieldTurn: () => Promise<void>,
): Promise<PageReading> {
  const families = pageFamilies(shown.families);
  await summaries.update(families, yieldTurn);
  return { nowMs: shown.nowMs, readMs, families, summaries, health: healthTotals(shown.families) };
}
