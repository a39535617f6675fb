import { SharedRuns } from './shared-runs.js';
import type { ShardWriters } from './shard-writers.js';

/** What a schedule is made of. */
export interface FlushScheduleParts {
  /** Records what is to be written with a flush. */
  readonly prepare: () => Promise<void>;
  readonly writers: Pick<ShardWriters, 'flush' | 'flushIdle'>;
  readonly intervalMs: number;
}

/**
 * Flushes when asked, and each interval from start to start, so that no more than an interval waits. A shard that still
 * flushes, or has to wait after a failure, is left out and keeps no other from its turn. The timer keeps no process running.
 */
export class FlushSchedule {
  readonly #parts: FlushScheduleParts;
  readonly #preparing: SharedRuns;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: FlushScheduleParts) {
    this.#parts = parts;
    this.#preparing = new SharedRuns(parts.prepare);
  }

  /** Starts the timer. */
  start(): void {
    this.#timer = setInterval(() => void this.#flushIdle(), this.#parts.intervalMs).unref();
  }

  /** Ends the timer; a flush under way goes on. */
  stop(): void {
    clearInterval(this.#timer);
  }

  /**
   * A flush of all shards that begins after this call.
   * @throws what kept a shard from it
   */
  async flush(): Promise<void> {
    await this.#preparing.run();
    await this.#parts.writers.flush();
  }

  async #flushIdle(): Promise<void> {
    // A hook may take longer than an interval.
    if (this.#preparing.isRunning) return;
    await this.#preparing.run();
    this.#parts.writers.flushIdle();
  }
}
