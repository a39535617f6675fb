import { setTimeout as pause } from 'node:timers/promises';
import type {
  Declaration,
  Description,
  FlushAnswer,
  OpenOptions,
  Recording,
  Statistics,
} from '../protocol/messages.js';
import { readDescription, readFlushAnswer, readStatistics } from '../protocol/read-answers.js';
import type { WriterProcess } from '../protocol/writer-process.js';
import { demand } from '../requirement.js';
import { roundDeclarations, roundRecordings } from './rounds.js';

const FLUSH_PAUSE_MS = 10;

/** A writer under test, open. */
export class Writer {
  /** Recordings that were requested. */
  recorded = 0;
  /** Whether it has reported recordings as written. */
  hasWritten = false;
  readonly description: Description;
  readonly process: WriterProcess;
  readonly #settleWithinMs: number;

  private constructor(process: WriterProcess, description: Description, settleWithinMs: number) {
    this.process = process;
    this.description = description;
    this.#settleWithinMs = settleWithinMs;
  }

  /** @param settleWithinMs how long it may take until all is written */
  static async open(process: WriterProcess, options: OpenOptions, settleWithinMs: number): Promise<Writer> {
    const description = readDescription(await process.ask({ do: 'describe' }));
    await process.ask({ do: 'open', ...options });
    return new Writer(process, description, settleWithinMs);
  }

  async declare(...declarations: readonly Declaration[]): Promise<void> {
    for (const declaration of declarations) await this.process.ask({ do: 'declare', ...declaration });
  }

  async record(...recordings: readonly Recording[]): Promise<void> {
    await this.process.ask({ do: 'record', recordings });
    this.recorded += recordings.length;
  }

  /** Declares the metrics of rounds. */
  async declareRounds(): Promise<void> {
    await this.declare(...roundDeclarations(this.description.types));
  }

  async recordRound(round: number): Promise<void> {
    await this.record(...roundRecordings(this.description.types, round));
  }

  /** Whether one flush writes all. */
  async flush(): Promise<boolean> {
    return (await this.#flush()).done;
  }

  /** Flushes until `isOver`, or until a flush has written all where there is none. @throws Violation of W-31 after a time */
  async settle(isOver?: () => boolean): Promise<void> {
    const deadlineMs = performance.now() + this.#settleWithinMs;
    for (;;) {
      const { done, error = 'no error' } = await this.#flush();
      if (isOver === undefined ? done : isOver()) return;
      demand(!done, ['W-31'], 'the batch to be sent, and again without an answer', 'a flush that is done');
      const isInTime = performance.now() < deadlineMs;
      demand(isInTime, ['W-31'], `what waits to be written within ${this.#settleWithinMs} ms`, `not done: ${error}`);
      await pause(FLUSH_PAUSE_MS);
    }
  }

  async #flush(): Promise<FlushAnswer> {
    const answer = readFlushAnswer(await this.process.ask({ do: 'flush' }));
    if (answer.done && this.recorded > 0) this.hasWritten = true;
    return answer;
  }

  async statistics(): Promise<Statistics> {
    return readStatistics(await this.process.ask({ do: 'statistics' }));
  }

  async close(): Promise<void> {
    await this.process.ask({ do: 'close' });
  }
}

export function droppedIn({ dropped }: Statistics): number {
  return Object.values(dropped).reduce((sum, recordings) => sum + recordings, 0);
}

/** Recordings that Redis lost or may have. */
export function lostIn({ dropped }: Statistics): number {
  return (dropped['lost'] ?? 0) + (dropped['in_doubt'] ?? 0);
}
