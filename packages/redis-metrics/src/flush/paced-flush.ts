import { backoffMs } from '../time/backoff.js';
import { processRuntime, type Runtime, type StopTimer } from '../time/runtime.js';
import { SharedRuns } from './shared-runs.js';

/** Called after each flush with its error, or undefined, and its duration. */
export type FlushListener = (error: unknown, durationMs: number) => void;

type PaceRuntime = Pick<Runtime, 'after' | 'clock' | 'random'>;

/** Flushes one shard, one flush at a time: on request, and after a failure again with a growing delay. */
export class PacedFlush {
  readonly #flush: () => Promise<void>;
  readonly #onFlushed: FlushListener;
  readonly #runtime: PaceRuntime;
  readonly #runs = new SharedRuns(() => this.#run());
  #failures = 0;
  /** Set while waiting for the next try; it does not keep the process running. */
  #retry: StopTimer | undefined;
  #isStopped = false;

  /** @param flush writes the pending recordings of the shard; rejects when some stay pending */
  constructor(flush: () => Promise<void>, onFlushed: FlushListener, runtime: PaceRuntime = processRuntime) {
    this.#flush = flush;
    this.#onFlushed = onFlushed;
    this.#runtime = runtime;
  }

  /** Starts a flush after this call; concurrent calls share one. */
  flush(): Promise<void> {
    return this.#runs.run();
  }

  /** The running flush, or a new one. */
  join(): Promise<void> {
    return this.#runs.join();
  }

  /** Flushes, unless a flush is running or a retry is scheduled. Its error goes to the listener. */
  flushWhenIdle(): void {
    if (!this.#runs.isRunning && this.#retry === undefined) this.#flushUnwatched();
  }

  /** Runs a scheduled retry now. */
  retryNow(): void {
    if (this.#retry !== undefined) this.#retryAfter(0);
  }

  /** Stops retrying; a running flush continues. */
  stop(): void {
    this.#isStopped = true;
    this.#endWait();
  }

  async #run(): Promise<void> {
    this.#endWait();
    const { clock, random } = this.#runtime;
    const startedAtMs = clock();
    let failure: unknown;
    try {
      await this.#flush();
      this.#failures = 0;
    } catch (error) {
      failure = error;
      this.#failures += 1;
      if (!this.#isStopped) this.#retryAfter(backoffMs(this.#failures, random));
      throw error;
    } finally {
      this.#onFlushed(failure, clock() - startedAtMs);
    }
  }

  #retryAfter(delayMs: number): void {
    this.#endWait();
    this.#retry = this.#runtime.after(delayMs, () => {
      this.#endWait();
      this.#flushUnwatched();
    });
  }

  #endWait(): void {
    this.#retry?.();
    this.#retry = undefined;
  }

  #flushUnwatched(): void {
    // The listener gets its error, and what it did not write stays pending.
    this.flush().catch(() => undefined);
  }
}
