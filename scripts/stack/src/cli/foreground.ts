import { StackError } from '../stack-error.js';
import type { RunningStack } from '../running-stack.js';
import { renderTable } from '../table.js';

/** What the foreground needs of the process. */
export interface Terminal {
  /** Says something on standard output. */
  say(text: string): void;
  /** Calls `stop` at each Ctrl-C, SIGTERM or hang-up. */
  onStopSignal(stop: () => void): void;
  /** Ends the process at once. */
  exitNow(): void;
}

/** npm sends a terminal's Ctrl-C on to its script, which then gets it twice: only a later one is impatience. */
const sameKeyPressMs = 1_000;

/**
 * Starts a stack, shows its table, and keeps it until a stop signal or until a part ends by itself; then stops it.
 * @returns the exit code: 0 after a stop signal, 1 when a part ended.
 * @throws StackError of the start
 */
export async function keepInForeground(
  start: (signal: AbortSignal) => Promise<RunningStack>,
  terminal: Terminal,
): Promise<number> {
  const interruption = new AbortController();
  const asked = new Promise<undefined>((resolve) => {
    let firstAt: number | undefined;
    terminal.onStopSignal(() => {
      firstAt ??= Date.now();
      if (Date.now() - firstAt > sameKeyPressMs) terminal.exitNow();
      interruption.abort();
      resolve(undefined);
    });
  });

  let stack: RunningStack;
  try {
    stack = await start(interruption.signal);
  } catch (error) {
    if (!(error instanceof StackError && error.code === 'interrupted')) throw error;
    terminal.say('Stopped.');
    return 0;
  }
  terminal.say(`\n${renderTable(stack.rows)}\n\n${stack.logsHint}\nPress Ctrl-C to stop everything.`);

  const death = await Promise.race([stack.broken, asked]);
  terminal.say(death === undefined ? '\nStopping …' : `\n${death}\nStopping the rest …`);
  await stack.stop();
  terminal.say('Stopped.');
  return death === undefined ? 0 : 1;
}
