import type { KeySpace } from '@redmeter/metric-format';
import type { ChangedSeries } from './changed-series.js';
import type { Clock } from './clock.js';
import type { LogOnce } from './log-once.js';
import type { Tallies } from './tally.js';

/** What recordings of one origin share; the application's and the library's own are counted apart. */
export interface RecordingScope {
  readonly space: KeySpace;
  readonly clock: Clock;
  readonly tallies: Tallies;
  readonly changed: ChangedSeries;
  readonly log: LogOnce;
  /** Most series of this scope. */
  readonly maxSeries: number;
  /** Series of this scope that there are. */
  seriesCount: number;
}
