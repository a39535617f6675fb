import { BatchSender } from '../delivery/batch-sender.js';
import type { ChangedSeries } from './changed-series.js';
import type { Clock } from '../time/clock.js';
import { Flusher } from './flusher.js';
import { IdleSeries } from './idle-series.js';
import type { LogOnce } from '../accounting/log-once.js';
import { MergeScript } from '../delivery/merge-script.js';
import { PacedFlush, type FlushListener } from './paced-flush.js';
import type { RedisConnection } from '../redis/redis-connection.js';
import type { Loss } from '../recording/series/loss.js';
import type { Registry } from '../recording/registry.js';
import { SeriesListing } from './series-listing.js';
import type { ShardedChanges } from './sharded-changes.js';
import type { Shards } from '../recording/series/shards.js';

/** What waits for one shard, and brings it there. */
export interface ShardWriter {
  readonly changed: ChangedSeries;
  readonly sender: BatchSender;
  readonly flusher: Flusher;
  readonly pace: PacedFlush;
}

/** What the writers of all shards are made of. */
export interface ShardWritersParts {
  readonly shards: Shards;
  readonly changes: ShardedChanges;
  /** One for each shard, or one for all. */
  readonly connections: readonly RedisConnection[];
  readonly registries: readonly Registry[];
  readonly clock: Clock;
  readonly log: LogOnce;
  readonly ttlMs: number;
  readonly idleTtlMs: number;
  readonly renewEveryMs: number;
  /** When the families were declared, by the clock. */
  readonly startedAtMs: number;
  readonly loss: Loss;
  /** Told after each flush of a shard: which one, its error, or undefined, and how long it took. */
  readonly onFlushed: (shard: number, ...how: Parameters<FlushListener>) => void;
}

/** Writes to all shards at the same time, each in its own order: one that fails, or hangs, keeps what is its own waiting. */
export class ShardWriters {
  readonly #shards: Shards;
  readonly all: readonly ShardWriter[];

  constructor(parts: ShardWritersParts) {
    const { changes, clock, connections, idleTtlMs, log, loss, registries, renewEveryMs, shards, startedAtMs, ttlMs } =
      parts;
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
        clock,
        log,
        ttlMs,
        startedAtMs,
        senders: shards.count,
        loss,
      });
      const listing = new SeriesListing(connection, space);
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
      const pace = new PacedFlush(flush, (error, durationMs) => parts.onFlushed(i, error, durationMs));
      return { changed, sender, flusher, pace };
    });
  }

  /** Redis's time of the last batch that any shard acknowledged; undefined before. */
  get lastAppliedMs(): number | undefined {
    const times = this.all.flatMap(({ sender }) => sender.lastAppliedMs ?? []);
    return times.length === 0 ? undefined : Math.max(...times);
  }

  /**
   * Writes all that waits.
   * @throws what kept a shard from that; what was not written goes on waiting
   */
  async flush(): Promise<void> {
    const results = await Promise.allSettled(this.all.map(({ pace }) => pace.flush()));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  /** Writes what waits for the shards whose turn it is, and waits for none of them. */
  flushIdle(): void {
    for (const { pace } of this.all) pace.flushWhenIdle();
  }

  /** What failed before is tried now: the reason for it may be gone. */
  retryNow(): void {
    for (const { pace } of this.all) pace.retryNow();
  }

  /** Gives up all that waits: it is counted as dropped. */
  abandon(): void {
    for (const { flusher, pace } of this.all) {
      pace.stop();
      flusher.abandon();
    }
  }

  /** The common shard is asked before any is written to: the others may not see that there is data in another number of shards. */
  async #establish(shard: number): Promise<void> {
    const common = this.all[this.#shards.common];
    if (common === undefined || this.#shards.count === 1) return;
    if (shard === this.#shards.common) await common.sender.establish();
    else if (!common.sender.isEstablished) await common.pace.join();
  }
}
