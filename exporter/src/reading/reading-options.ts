import type { Label } from '@redmeter/metric-format';
import type { NewCountRule } from '../series/entries/new-counts.js';

/** How series are read. */
export interface ReadingOptions {
  /** The prefix of series keys, without the colon. */
  readonly prefix: string;
  /** Keys in the database up to which it is scanned for keys that are in no index. */
  readonly scanLimitKeys: number;
  /** Maximum number of series in the cache. */
  readonly maxSeries: number;
  /** Whether OpenMetrics shows `_created`. */
  readonly withCreated: boolean;
  /**
   * Keys of a database too large to scan that are read again in each read although no index lists them as changed,
   * in rotation. A database that can be scanned is read whole.
   */
  readonly verifiedKeys: number;
  /** The longest time, in milliseconds, that a count is shown higher than Redis has it: see CounterHolds. */
  readonly holdMs: number;
  /** Which counts are shown as 0 first, see NewCounts; default none. */
  readonly newCounts?: NewCountRule;
  /** Labels added to every series; a label of the series with the same name is prefixed with `exported_`. */
  readonly targetLabels?: readonly Label[];
  /** Replaces the clock of Redis; milliseconds since the epoch. */
  readonly now?: () => number;
}
