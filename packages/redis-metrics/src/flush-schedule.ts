import { backoffMs } from './backoff.js';

/** What a schedule is made of. */
export interface FlushScheduleParts {
  /** Writes what waits; rejects when some of it goes on waiting. */
  readonly flush: () => Promise<void>;
  readonly intervalMs: number;
  /** Told after each flush: its error, or undefined, and how long it took. */
  readonly onFlushed: (error: unknown, durationMs: number) => void;
}

/** Flushes at its time, again after failures, and when asked; one flush at a time. Its timers keep no process running. */
export class FlushSchedule {
  readonly #parts: FlushScheduleParts;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #failures = 0;
  #isStopped = false;

  constructor(parts: FlushScheduleParts) {
    this.#parts = parts;
  }

  /** Starts the timer. */
  start(): void {
    this.#plan(this.#parts.intervalMs);
  }

  /** Ends the timer; a flush under way goes on. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  /** A flush that begins after this call; calls that wait for the same one share it. */
  flush(): Promise<void> {
    if (this.#running === undefined) return this.#run();
    this.#next ??= this.#running.catch(() => undefined).then(() => this.#run());
    return this.#next;
  }

  /** What failed before is tried now: the reason for it may be gone. */
  retryNow(): void {
    if (this.#failures > 0 && this.#running === undefined && !this.#isStopped) this.#plan(0);
  }

  #plan(delayMs: number): void {
    clearTimeout(this.#timer);
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => {
      // Its error is reported to onFlushed, and what it left goes on waiting.
      this.flush().catch(() => undefined);
    }, delayMs).unref();
  }

  #run(): Promise<void> {
    this.#next = undefined;
    const startedAtMs = performance.now();
    const finish = (error: unknown): void => {
      this.#running = undefined;
      this.#failures = error === undefined ? 0 : this.#failures + 1;
      this.#parts.onFlushed(error, performance.now() - startedAtMs);
      this.#plan(error === undefined ? this.#parts.intervalMs : backoffMs(this.#failures));
    };
    this.#running = this.#parts.flush().then(
      () => finish(undefined),
      (error: unknown) => {
        finish(error);
        throw error;
      },
    );
    return this.#running;
  }
}
