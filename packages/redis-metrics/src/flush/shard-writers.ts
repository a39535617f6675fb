import { BatchSender } from '../delivery/batch-sender.js';
import type { ChangedSeries } from './changed-series.js';
import { Flusher } from './flusher.js';
import { IdleSeries } from './idle-series.js';
import type { LogOnce } from '../accounting/log-once.js';
import { MergeScript } from '../delivery/merge-script.js';
import { PacedFlush, type FlushListener } from './paced-flush.js';
import type { RedisConnection } from '../redis/redis-connection.js';
import type { Loss } from '../recording/series/series.js';
import type { Registry } from '../recording/registry.js';
import { processRuntime, type Runtime } from '../time/runtime.js';
import { SeriesListing } from './series-listing.js';
import type { ShardedChanges } from './sharded-changes.js';
import type { Shards } from '../recording/series/shards.js';

/** The pending recordings of one shard, and what writes them. */
export interface ShardWriter {
  readonly changed: ChangedSeries;
  readonly sender: BatchSender;
  readonly flusher: Flusher;
  readonly pace: PacedFlush;
}

/** Parts of the writers of all shards. */
export interface ShardWritersParts {
  readonly shards: Shards;
  readonly changes: ShardedChanges;
  /** One per shard, or one for all. */
  readonly connections: readonly RedisConnection[];
  readonly registries: readonly Registry[];
  readonly runtime?: Runtime;
  readonly log: LogOnce;
  readonly ttlMs: number;
  readonly idleTtlMs: number;
  readonly renewEveryMs: number;
  /** When the families were declared, by the clock. */
  readonly startedAtMs: number;
  readonly loss: Loss;
  /** Called after each flush of a shard with its index, its error, or undefined, and its duration. */
  readonly onFlushed: (shard: number, ...how: Parameters<FlushListener>) => void;
}

/** Writes to all shards concurrently; a shard that fails or hangs delays only its own recordings. */
export class ShardWriters {
  readonly #shards: Shards;
  readonly all: readonly ShardWriter[];

  constructor(parts: ShardWritersParts) {
    const { changes, connections, idleTtlMs, log, loss, registries, renewEveryMs, shards, startedAtMs, ttlMs } = parts;
    const { runtime = processRuntime } = parts;
    const { clock } = runtime;
    this.#shards = shards;
    const [shared] = connections;
    this.all = changes.queues.map((changed, i): ShardWriter => {
      const connection = connections[i] ?? shared;
      const space = shards.spaces[i];
      if (connection === undefined || space === undefined) throw new RangeError('expected a connection and a shard');
      const script = new MergeScript(space, shards.count);
      const sender = new BatchSender({
        connection,
        script,
        runtime,
        log,
        ttlMs,
        startedAtMs,
        senders: shards.count,
        loss,
      });
      const listing = new SeriesListing(connection, space, runtime);
      const idle = new IdleSeries(registries, clock, {
        ttlMs,
        idleTtlMs,
        renewEveryMs,
        ...(shards.count === 1 ? {} : { owns: ({ key }) => shards.indexOf(key) === i }),
      });
      const flusher = new Flusher({ changed, idle, sender, listing, log, clock, startedAtMs });
      const flush = async (): Promise<void> => {
        await this.#establish(i);
        await flusher.flush();
      };
      const pace = new PacedFlush(flush, (error, durationMs) => parts.onFlushed(i, error, durationMs), runtime);
      return { changed, sender, flusher, pace };
    });
  }

  /** Redis's time of the last batch that any shard acknowledged; undefined before the first. */
  get lastAppliedMs(): number | undefined {
    const times = this.all.flatMap(({ sender }) => sender.lastAppliedMs ?? []);
    return times.length === 0 ? undefined : Math.max(...times);
  }

  /**
   * Writes everything pending.
   * @throws the error of a shard that failed; what was not written stays pending
   */
  async flush(): Promise<void> {
    const results = await Promise.allSettled(this.all.map(({ pace }) => pace.flush()));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  /** Starts a flush of each shard that is idle, without waiting for it. */
  flushIdle(): void {
    for (const { pace } of this.all) pace.flushWhenIdle();
  }

  /** Runs scheduled retries now. */
  retryNow(): void {
    for (const { pace } of this.all) pace.retryNow();
  }

  /** Drops everything pending. */
  abandon(): void {
    for (const { flusher, pace } of this.all) {
      pace.stop();
      flusher.abandon();
    }
  }

  /** Checks the common shard before writing to any: only there would data with another number of shards be noticed. */
  async #establish(shard: number): Promise<void> {
    const common = this.all[this.#shards.common];
    if (common === undefined || this.#shards.count === 1) return;
    if (shard === this.#shards.common) await common.sender.establish();
    else if (!common.sender.isEstablished) await common.pace.join();
  }
}
