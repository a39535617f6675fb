import { backoffMs } from '../time/backoff.js';
import { SharedRuns } from './shared-runs.js';

/** What is told after each flush: its error, or undefined, and how long it took. */
export type FlushListener = (error: unknown, durationMs: number) => void;

/** Flushes one shard, once at a time: when asked, and after a failure again by itself, ever more seldom. */
export class PacedFlush {
  readonly #flush: () => Promise<void>;
  readonly #onFlushed: FlushListener;
  readonly #runs = new SharedRuns(() => this.#run());
  #failures = 0;
  /** Runs while the next try is waited for; it keeps no process running. */
  #retry: NodeJS.Timeout | undefined;
  #isStopped = false;

  /** @param flush writes what waits for the shard; rejects when some of it goes on waiting */
  constructor(flush: () => Promise<void>, onFlushed: FlushListener) {
    this.#flush = flush;
    this.#onFlushed = onFlushed;
  }

  /** A flush that begins after this call; calls that wait for the same one share it. */
  flush(): Promise<void> {
    return this.#runs.run();
  }

  /** The flush under way, or else one that begins now. */
  join(): Promise<void> {
    return this.#runs.join();
  }

  /** Flushes, unless a flush is under way, or failed and has not waited long enough. Its error is told to the listener. */
  flushWhenIdle(): void {
    if (!this.#runs.isRunning && this.#retry === undefined) this.#flushUnwatched();
  }

  /** What failed before is tried now: the reason for it may be gone. */
  retryNow(): void {
    if (this.#retry !== undefined) this.#retryAfter(0);
  }

  /** Ends the tries; a flush under way goes on. */
  stop(): void {
    this.#isStopped = true;
    this.#endWait();
  }

  async #run(): Promise<void> {
    this.#endWait();
    const startedAtMs = performance.now();
    let failure: unknown;
    try {
      await this.#flush();
      this.#failures = 0;
    } catch (error) {
      failure = error;
      this.#failures += 1;
      if (!this.#isStopped) this.#retryAfter(backoffMs(this.#failures));
      throw error;
    } finally {
      this.#onFlushed(failure, performance.now() - startedAtMs);
    }
  }

  #retryAfter(delayMs: number): void {
    this.#endWait();
    this.#retry = setTimeout(() => {
      this.#endWait();
      this.#flushUnwatched();
    }, delayMs).unref();
  }

  #endWait(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
  }

  #flushUnwatched(): void {
    // Its error is told to the listener, and what it left goes on waiting.
    this.flush().catch(() => undefined);
  }
}
