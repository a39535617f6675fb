import type { Label } from '@redmeter/metric-format';
import type { Clock } from '../../time/clock.js';
import type { LogOnce } from '../../accounting/log-once.js';
import type { Loss } from '../series/loss.js';
import type { SeriesBudget } from '../series/series-budget.js';
import type { SeriesSweep } from './series-sweep.js';
import type { Series } from '../series/series.js';
import type { Shards } from '../series/shards.js';
import type { Tallies } from '../../accounting/tally.js';

/** What is to be done in Redis. */
export interface Changes {
  /** Takes a series with its first recording that waits. */
  add(series: Series): void;
  /**
   * Notes that a series is to be removed in Redis, before what waits of it is written.
   * @returns whether it is: not when as many wait for that as may
   */
  noteRemoved(series: Series): boolean;
  /** Notes that series are to be looked for in Redis, and removed. */
  sweep(sweep: SeriesSweep): void;
  /** Notes that they need not be. */
  endSweep(sweep: SeriesSweep): void;
}

/** What recordings of one origin share; the application's and the library's own are counted apart. */
export interface RecordingScope {
  readonly shards: Shards;
  readonly clock: Clock;
  readonly tallies: Tallies;
  readonly changed: Changes;
  readonly log: LogOnce;
  /** How many series there may be in this scope, and are. */
  readonly budget: SeriesBudget;
  /** Labels that each series gets unless it has one of that name. */
  readonly defaultLabels: readonly Label[];
  /** What this process is called in the label `process` of gauges that each process has for itself. */
  readonly processName: string;
  /** Milliseconds that such a gauge outlives the last flush of its process. */
  readonly leaseMs: number;
  /** Milliseconds that the bounds of a histogram outlive the last observation written with them, where others differ. */
  readonly boundsLeaseMs: number;
  readonly loss: Loss;
}
