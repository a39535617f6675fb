import type { MetricsStats } from '../../src/index.js';
import type { Totals } from './recordings.js';

/** What a process of writers is asked to do; it answers each request with one report a writer, or none. */
export type WriterRequest =
  /** Begins to record, one writer for each name. */
  | {
      readonly kind: 'start';
      readonly url: string;
      readonly names: readonly string[];
      readonly seed: number;
      readonly flushIntervalMs: number;
      /** Whether counters are incremented by one only. */
      readonly areUnits: boolean;
    }
  /** Stops recording, and reports once Redis has acknowledged all. */
  | { readonly kind: 'settle'; readonly withinMs: number }
  /** Records again. */
  | { readonly kind: 'resume' }
  /** Closes the writers. */
  | { readonly kind: 'end' };

/** What one writer recorded in all. */
export interface WriterReport {
  readonly totals: Totals;
  /** Recordings of counters and histograms. */
  readonly recordings: number;
  readonly stats: MetricsStats;
}
