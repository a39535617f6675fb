import { ChangedSeries } from './changed-series.js';
import type { Changes } from '../recording/families/recording-scope.js';
import type { SeriesSweep } from '../recording/families/series-sweep.js';
import type { Series } from '../recording/series/series.js';
import type { Shards } from '../recording/series/shards.js';

/** Changed series by shard, so that a shard that is down does not delay the others. */
export class ShardedChanges implements Changes {
  readonly #shards: Shards;
  readonly #queues: readonly ChangedSeries[];

  /** @param maxRemovals limit of the removal queue of each shard */
  constructor(shards: Shards, maxRemovals: number) {
    this.#shards = shards;
    this.#queues = shards.spaces.map(() => new ChangedSeries(maxRemovals));
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

  /** One per shard, in order. */
  get queues(): readonly ChangedSeries[] {
    return this.#queues;
  }
}
