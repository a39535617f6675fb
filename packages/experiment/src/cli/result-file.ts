import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ExperimentResult } from '../result/experiment-result.js';

// So long a run has written its result after each task, however long that takes.
const FREE_MS = 2000;
// From then on writing takes at most this share of its time: a result grows with the tasks, and is written whole.
const MAX_SHARE = 0.1;

/** The result file of a run, written after each task; of thousands of tasks after some, and always at the end. */
export class ResultFile {
  readonly #write: (result: ExperimentResult) => Promise<void>;
  readonly #nowMs: () => number;
  readonly #startedAtMs: number;
  #spentMs = 0;
  #pending: (() => ExperimentResult) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  /**
   * @param write Writes one whole result.
   * @param nowMs A clock that only goes forward.
   */
  constructor(write: (result: ExperimentResult) => Promise<void>, nowMs: () => number) {
    this.#write = write;
    this.#nowMs = nowMs;
    this.#startedAtMs = nowMs();
  }

  /** Writes the result, or puts that off. @throws ExperimentError `file_unwritable` */
  async update(result: () => ExperimentResult): Promise<void> {
    this.#pending = result;
    const dueInMs = this.#dueInMs();
    if (dueInMs <= 0) return this.flush();
    // A long task must not keep what was put off from the file.
    this.#timer ??= setTimeout(() => {
      this.flush().catch(() => {
        // The next update, or the last flush, meets the same and reports it.
      });
    }, dueInMs);
    // Tasks that do nothing would else keep a Ctrl-C from being seen.
    await nextTurn();
  }

  /** Writes what was put off. @throws ExperimentError `file_unwritable` */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const written = this.#writing.then(() => this.#writePending());
    this.#writing = written.catch(() => undefined);
    await written;
  }

  async #writePending(): Promise<void> {
    const result = this.#pending;
    if (result === undefined) return;
    this.#pending = undefined;
    const startedAtMs = this.#nowMs();
    try {
      await this.#write(result());
    } catch (error) {
      this.#pending ??= result;
      throw error;
    } finally {
      this.#spentMs += this.#nowMs() - startedAtMs;
    }
  }

  #dueInMs(): number {
    const elapsedMs = this.#nowMs() - this.#startedAtMs;
    return (this.#spentMs - FREE_MS) / MAX_SHARE - elapsedMs;
  }
}
