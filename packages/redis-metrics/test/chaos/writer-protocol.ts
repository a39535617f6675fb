import type { ClusterLocation, MetricsStats, SentinelLocation } from '../../src/index.js';
import type { Totals } from './recordings.js';

/** Where writers write: options of the library that a message can carry. */
export interface WriterTarget {
  readonly redis: string | Pick<ClusterLocation, 'cluster'> | Pick<SentinelLocation, 'sentinels' | 'name'>;
  readonly shards?: number;
}

/** What a process of writers is asked to do; it answers each request with one report a writer, or none. */
export type WriterRequest =
  /** Begins to record, one writer for each name. */
  | {
      readonly kind: 'start';
      readonly target: WriterTarget;
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
