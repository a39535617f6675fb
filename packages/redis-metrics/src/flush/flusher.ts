import { Batch, BATCH_CAPACITY } from '../delivery/batch.js';
import type { BatchSender } from '../delivery/batch-sender.js';
import type { ChangedSeries } from './changed-series.js';
import type { Clock } from '../time/clock.js';
import { messageOf } from '../errors/error-text.js';
import type { IdleSeries } from './idle-series.js';
import type { LogOnce } from '../accounting/log-once.js';
import type { Series } from '../recording/series/series.js';
import type { SeriesListing } from './series-listing.js';

/** What a flusher is made of. */
export interface FlusherParts {
  readonly changed: ChangedSeries;
  readonly idle: IdleSeries;
  readonly sender: BatchSender;
  readonly listing: SeriesListing;
  readonly log: LogOnce;
  readonly clock: Clock;
  /** When the families were declared, by the clock. */
  readonly startedAtMs: number;
}

/** Turns what waits into batches, and sees them to Redis. */
export class Flusher {
  readonly #parts: FlusherParts;

  constructor(parts: FlusherParts) {
    this.#parts = parts;
  }

  /**
   * Writes all that was recorded before the call, or that an earlier one left behind. What is recorded meanwhile waits
   * for the next: else a busy application would keep this one running.
   * @throws what kept it from that; what was not written goes on waiting
   */
  async flush(): Promise<void> {
    const { changed, idle, sender } = this.#parts;
    await sender.deliver();
    await this.#sweep();
    await this.#write(changed.removals());
    await this.#write(idle.leases());
    await this.#write(changed.takeAll());
    if (!idle.isDue) return;
    await idle.letGo();
    await this.#write(idle.sweep());
  }

  /** Gives up all that waits: it is counted as dropped. */
  abandon(): void {
    const { changed, sender } = this.#parts;
    sender.abandon();
    for (const series of changed.takeAll()) {
      series.family.drop('closed', series.recordings);
      series.recordings = 0;
    }
  }

  /** Finds what is to be removed and this process does not know. */
  async #sweep(): Promise<void> {
    const { changed, listing, log } = this.#parts;
    for (const sweep of changed.sweeps) {
      const { family } = sweep;
      try {
        for await (const keys of listing.keysOf(family.type, family.name)) {
          for (const key of keys) if (sweep.matchesFound(key)) family.removeFound(key);
        }
      } catch (error) {
        if (!messageOf(error).startsWith('NOPERM')) throw error;
        log.warn(
          'sweep',
          `redmeter: only series that this process recorded are removed, since it may not look for others: ${messageOf(error)}`,
        );
      }
      changed.endSweep(sweep);
    }
  }

  /** One batch is on its way while the next is made. */
  async #write(waiting: Iterator<Series, unknown>): Promise<void> {
    const { sender } = this.#parts;
    let delivery = Promise.resolve();
    for (let batch = this.#nextBatch(waiting); batch !== undefined; batch = this.#nextBatch(waiting)) {
      sender.enqueue(batch);
      await delivery;
      delivery = sender.deliver(batch);
    }
    await delivery;
  }

  #nextBatch(waiting: Iterator<Series, unknown>): Batch | undefined {
    const { changed, clock, sender, startedAtMs } = this.#parts;
    const nowMs = clock();
    const nowSeconds = Math.floor(nowMs / 1000);
    let batch: Batch | undefined;
    while (batch === undefined || batch.cost < BATCH_CAPACITY) {
      const next = waiting.next();
      if (next.done === true) break;
      const series = next.value;
      batch ??= new Batch(nowMs, startedAtMs, sender.declaredMs);
      const isRemoved = changed.takeRemoval(series);
      if (isRemoved) batch.addRemoval(series);
      if (isRemoved && !series.isChanged) continue;
      if (series.isChanged) series.recordedAtSeconds = nowSeconds;
      batch.add(series);
      series.sentAtSeconds = nowSeconds;
    }
    return batch;
  }
}
