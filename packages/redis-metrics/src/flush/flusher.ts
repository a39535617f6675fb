import { Batch, BATCH_CAPACITY } from '../delivery/batch.js';
import type { BatchSender } from '../delivery/batch-sender.js';
import type { ChangedSeries } from './changed-series.js';
import type { Clock } from '../time/clock.js';
import { messageOf } from '../errors/error-text.js';
import type { IdleSeries } from './idle-series.js';
import type { LogOnce } from '../accounting/log-once.js';
import type { Series } from '../recording/series/series.js';
import type { SeriesListing } from './series-listing.js';

/** Parts of a flusher. */
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

/** Turns pending recordings into batches and has them sent. */
export class Flusher {
  readonly #parts: FlusherParts;

  constructor(parts: FlusherParts) {
    this.#parts = parts;
  }

  /**
   * Writes everything recorded before the call. What is recorded during it stays pending, since a busy application would otherwise
   * keep it running.
   * @throws the error that prevented it; what was not written stays pending
   */
  async flush(): Promise<void> {
    const { changed, idle, sender } = this.#parts;
    await sender.deliver();
    await this.#sweep();
    await this.#write(changed.removals());
    await this.#write(idle.leases());
    await this.#write(changed.takeAll());
    if (!idle.isDue) return;
    await idle.releaseIdle();
    await this.#write(idle.sweep());
  }

  /** Drops everything pending. */
  abandon(): void {
    const { changed, sender } = this.#parts;
    sender.abandon();
    for (const series of changed.takeAll()) {
      series.family.drop('closed', series.recordings);
      series.recordings = 0;
    }
  }

  /** Finds series to remove that this process does not know. */
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
          `redmeter: removing only series that this process recorded, since it has no permission to list others: ${messageOf(error)}`,
        );
      }
      changed.endSweep(sweep);
    }
  }

  /** Builds the next batch while one is in flight. */
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
