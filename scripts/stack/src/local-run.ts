import type { Health } from './health.js';
import { startLocalProcess, type LocalProcess } from './local-process.js';
import { partNames, stopOrder, type PartName } from './part-name.js';
import type { Part } from './part.js';
import type { ProcessGuard } from './process-guard.js';
import type { RunFolder } from './run-folder.js';
import { StackError } from './stack-error.js';

const pollMs = 100;
/** The store needs its time to answer open requests and flush; a part that takes longer is killed. */
const stopGraceMs = 10_000;

/** A part and its process. */
interface RunningPart {
  readonly part: Part;
  readonly process: LocalProcess;
}

const lastLineCount = 15;

/** The processes of one run, and their common end. */
export class LocalRun {
  /** Resolves when a part ends that was not stopped, with a message that has the last lines of its log. */
  readonly broken: Promise<string>;
  readonly #running = new Map<PartName, RunningPart>();
  readonly #folder: RunFolder;
  readonly #guard: ProcessGuard;
  readonly #signal: AbortSignal | undefined;
  #breaks: (message: string) => void = () => undefined;
  #stopping: Promise<void> | undefined;

  constructor(folder: RunFolder, guard: ProcessGuard, signal: AbortSignal | undefined) {
    this.#folder = folder;
    this.#guard = guard;
    this.#signal = signal;
    this.broken = new Promise((resolve) => {
      this.#breaks = resolve;
    });
  }

  /** Starts a part; its end, unless `stop` asked for it, resolves `broken`. */
  start(part: Part): RunningPart {
    const process = startLocalProcess(
      part.command,
      this.#folder.of(part.name),
      this.#folder.logOf(part.name),
      this.#guard,
    );
    const running = { part, process };
    this.#running.set(part.name, running);
    void process.ended.then((how) => {
      if (this.#stopping === undefined) this.#breaks(obituary(running, how));
    });
    return running;
  }

  /**
   * Waits until a part is healthy.
   * @throws StackError `part-ended`, `part-not-healthy` when `deadline` (milliseconds since the epoch) passes, `interrupted`
   */
  async untilHealthy(running: RunningPart, deadline: number): Promise<void> {
    const { part } = running;
    const end = this.broken.then((message): never => {
      throw new StackError('part-ended', message);
    });
    for (;;) {
      const health: Health = await Promise.race([part.health(), end]);
      if (this.#signal?.aborted === true) throw new StackError('interrupted', 'interrupted before the stack was up');
      if (health.kind === 'healthy') return;
      if (Date.now() > deadline) {
        const lines = withLastLines(`${part.name} did not become healthy in time: ${health.reason}`, running);
        throw new StackError('part-not-healthy', lines);
      }
      await Promise.race([new Promise((resolve) => setTimeout(resolve, pollMs)), end]);
    }
  }

  /** What `pick` finds of each part that was started. */
  collect<Value>(pick: (running: RunningPart) => Value | undefined): Partial<Record<PartName, Value>> {
    const collected: Partial<Record<PartName, Value>> = {};
    for (const name of partNames) {
      const running = this.#running.get(name);
      const value = running === undefined ? undefined : pick(running);
      if (value !== undefined) collected[name] = value;
    }
    return collected;
  }

  /** Ends every part, the store first and Redis last, and removes the folder. May be called again. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #stopAll(): Promise<void> {
    for (const name of stopOrder) await this.#running.get(name)?.process.stop(stopGraceMs);
    this.#folder.remove();
    this.#guard.dismiss();
  }
}

function obituary(running: RunningPart, how: string): string {
  return withLastLines(`${running.part.name} ${how}`, running);
}

function withLastLines(message: string, { process }: RunningPart): string {
  const lines = process.lastLines(lastLineCount).filter((line) => line !== '');
  if (lines.length === 0) return `${message}; its log is empty`;
  return `${message}; the last lines of its log:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}
