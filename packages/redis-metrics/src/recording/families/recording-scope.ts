import type { Label } from '@redmeter/metric-format';
import type { BurstClock } from '../../time/burst-clock.js';
import type { Clock } from '../../time/clock.js';
import type { LogOnce } from '../../accounting/log-once.js';
import type { Loss, Series } from '../series/series.js';
import type { SeriesBudget } from '../series/series-budget.js';
import type { SeriesSweep } from './series-sweep.js';
import type { Shards } from '../series/shards.js';
import type { Tallies } from '../../accounting/tally.js';

/** Queues the changes to write to Redis. */
export interface Changes {
  /** Queues a series with its first pending recording. */
  add(series: Series): void;
  /**
   * Queues the removal of a series in Redis, before its pending recordings are written.
   * @returns false when the removal queue is full
   */
  noteRemoved(series: Series): boolean;
  /** Queues a search in Redis for series to remove. */
  sweep(sweep: SeriesSweep): void;
  /** Cancels such a search. */
  endSweep(sweep: SeriesSweep): void;
}

/** Shared state of recordings of one origin; the application's and the library's own are counted separately. */
export interface RecordingScope {
  readonly shards: Shards;
  readonly clock: Clock;
  /** The same time for `set()` of gauges; default `clock`. */
  readonly setClock?: BurstClock;
  readonly tallies: Tallies;
  readonly changed: Changes;
  readonly log: LogOnce;
  /** The limit and the number of series in this scope. */
  readonly budget: SeriesBudget;
  /** Labels that each series gets, unless it has a label of that name. */
  readonly defaultLabels: readonly Label[];
  /** The value of the label `process` of gauges of mode `process`. */
  readonly processName: string;
  /** Milliseconds until such a gauge expires after the last flush of its process. */
  readonly leaseMs: number;
  /** Milliseconds after the last observation with a set of bounds until other bounds replace it. */
  readonly boundsLeaseMs: number;
  readonly loss: Loss;
  /** Gives the labels of an exemplar of the active span; undefined without exemplars. It may throw, and give anything. */
  readonly exemplarSource: (() => unknown) | undefined;
}
