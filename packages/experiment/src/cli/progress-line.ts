import type { TaskProgress } from '../tasks/task-context.js';
import type { CommandEnvironment } from './command-environment.js';

const BAR_WIDTH = 30;
const REDRAW_INTERVAL_MS = 100;

/** Draws the progress of the task at hand on one line of a terminal; elsewhere it draws nothing. */
export class ProgressLine {
  readonly #environment: CommandEnvironment;
  #drawnAtMs = -Infinity;
  #isDrawn = false;

  constructor(environment: CommandEnvironment) {
    this.#environment = environment;
  }

  /** Shows how far a task has come, at most ten times a second. */
  show(progress: TaskProgress, nowMs: number): void {
    if (!this.#environment.isErrorTerminal) return;
    const isDone = progress.done === progress.total;
    if (!isDone && nowMs - this.#drawnAtMs < REDRAW_INTERVAL_MS) return;
    this.#drawnAtMs = nowMs;
    this.#isDrawn = true;
    this.#environment.writeError(`\r\u001b[K${describe(progress)}`);
  }

  /** Takes the line away before anything else is printed. */
  clear(): void {
    if (this.#isDrawn) this.#environment.writeError('\r\u001b[K');
    this.#isDrawn = false;
  }
}

function describe({ label, done, total, unit }: TaskProgress): string {
  if (total === undefined) return `  ${label}: ${Math.floor(done)} ${unit}`;
  const filled = Math.round((Math.min(done, total) / total) * BAR_WIDTH);
  return `  ${label} [${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}] ${Math.floor(done)}/${Math.floor(total)} ${unit}`;
}
