import { ChangedSeries } from './changed-series.js';
import type { Changes } from './recording-scope.js';
import type { SeriesSweep } from './series-sweep.js';
import type { Series } from './series.js';
import type { Shards } from './shards.js';

/** The series with recordings that wait, by shard: a shard that is away keeps no other one waiting. */
export class ShardedChanges implements Changes {
  readonly #shards: Shards;
  readonly #queues: readonly ChangedSeries[];

  constructor(shards: Shards) {
    this.#shards = shards;
    this.#queues = shards.spaces.map(() => new ChangedSeries());
  }

  add(series: Series): void {
    this.#queues[this.#shards.indexOf(series.key)]?.add(series);
  }

  noteDropped(series: Series): void {
    this.#queues[this.#shards.indexOf(series.key)]?.noteDropped();
  }

  noteRemoved(series: Series): void {
    this.#queues[this.#shards.indexOf(series.key)]?.noteRemoved(series);
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
