import { ChangedSeries } from './changed-series.js';
import type { Changes } from '../recording/families/recording-scope.js';
import type { SeriesSweep } from '../recording/families/series-sweep.js';
import type { Series } from '../recording/series/series.js';
import type { Shards } from '../recording/series/shards.js';

/** The series with recordings that wait, by shard: a shard that is away keeps no other one waiting. */
export class ShardedChanges implements Changes {
  readonly #shards: Shards;
  readonly #queues: readonly ChangedSeries[];

  /** @param mostRemovals how many series of a shard at most wait to be removed */
  constructor(shards: Shards, mostRemovals: number) {
    this.#shards = shards;
    this.#queues = shards.spaces.map(() => new ChangedSeries(mostRemovals));
  }

  add(series: Series): void {
    this.#queues[this.#shards.indexOf(series.key)]?.add(series);
  }

  noteRemoved(series: Series): boolean {
    return this.#queues[this.#shards.indexOf(series.key)]?.noteRemoved(series) ?? false;
  }

  sweep(sweep: SeriesSweep): void {
    for (const queue of this.#queues) queue.sweep(sweep);
  }

  endSweep(sweep: SeriesSweep): void {
    for (const queue of this.#queues) queue.endSweep(sweep);
  }

  /** Of the shards, in their order. */
  get queues(): readonly ChangedSeries[] {
    return this.#queues;
  }
}
