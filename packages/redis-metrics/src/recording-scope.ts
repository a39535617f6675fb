import type { Clock } from './clock.js';
import type { LogOnce } from './log-once.js';
import type { SeriesBudget } from './series-budget.js';
import type { Series } from './series.js';
import type { Shards } from './shards.js';
import type { Tallies } from './tally.js';

/** What recordings of one origin share; the application's and the library's own are counted apart. */
export interface RecordingScope {
  readonly shards: Shards;
  readonly clock: Clock;
  readonly tallies: Tallies;
  /** Takes a series with its first recording that waits. */
  readonly changed: { add(series: Series): void };
  readonly log: LogOnce;
  /** How many series there may be in this scope, and are. */
  readonly budget: SeriesBudget;
  /** What this process is called in the label `process` of gauges that each process has for itself. */
  readonly processName: string;
  /** Milliseconds that such a gauge outlives the last flush of its process. */
  readonly leaseMs: number;
}
