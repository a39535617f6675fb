import type { Label } from '@redmeter/metric-format';
import type { NewCountRule } from '../series/entries/new-counts.js';

/** How series are read. */
export interface ReadingOptions {
  /** What series keys start with, before the first colon. */
  readonly prefix: string;
  /** Keys in the database up to which it is scanned for keys that are in no index. */
  readonly scanLimitKeys: number;
  /** Most series that are held. */
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
  /** Labels that every series gets; its own of such a name gets `exported_` before it. */
  readonly targetLabels?: readonly Label[];
  /** Takes the place of Redis's clock where it is injected; milliseconds since the epoch. */
  readonly now?: () => number;
}
