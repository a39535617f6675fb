import { SharedRuns } from './shared-runs.js';
import type { ShardWriters } from './shard-writers.js';
import { processRuntime, type Runtime, type StopTimer } from '../time/runtime.js';

/** Parts of a schedule. */
export interface FlushScheduleParts {
  /** Called before each flush, to record what is to be written with it. */
  readonly prepare: () => Promise<void>;
  readonly writers: Pick<ShardWriters, 'flush' | 'flushIdle'>;
  readonly intervalMs: number;
  readonly runtime?: Pick<Runtime, 'every'>;
}

/**
 * Flushes on request and at a fixed interval. A shard that is still flushing, or is waiting after a failure, is skipped and does not delay
 * the others. The timer does not keep the process running.
 */
export class FlushSchedule {
  readonly #parts: FlushScheduleParts;
  readonly #preparing: SharedRuns;
  #stopTimer: StopTimer | undefined;

  constructor(parts: FlushScheduleParts) {
    this.#parts = parts;
    this.#preparing = new SharedRuns(parts.prepare);
  }

  /** Starts the timer. */
  start(): void {
    const { intervalMs, runtime = processRuntime } = this.#parts;
    this.#stopTimer = runtime.every(intervalMs, () => void this.#flushIdle());
  }

  /** Stops the timer; a running flush continues. */
  stop(): void {
    this.#stopTimer?.();
  }

  /**
   * Flushes all shards, starting after this call.
   * @throws the error of a shard that failed
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
