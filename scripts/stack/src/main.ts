import { keepInForeground } from './cli/foreground.js';
import { startStack, type StartMode } from './cli/start.js';
import type { StackChoice } from './part-name.js';
import { processInstaller } from './cli/terminal.js';
import { StackError } from './stack-error.js';

/** Runs `npm start` to its end and sets the exit code: 0 after Ctrl-C, 1 if the stack cannot start or fails. */
export async function main(mode: StartMode, choice: StackChoice): Promise<void> {
  const installer = processInstaller();
  try {
    process.exitCode = await keepInForeground((signal) => startStack(mode, choice, installer, signal), {
      say: (text) => void process.stdout.write(`${text}\n`),
      onStopSignal(stop) {
        for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
        onOrphaned(stop);
      },
      exitNow: () => process.exit(130),
    });
  } catch (error) {
    if (!(error instanceof StackError)) throw error;
    installer.say(error.message);
    process.exitCode = 1;
  }
}

const orphanCheckMs = 500;

/** npm that is killed cannot pass a signal on: then a new parent is all that its script gets to see. */
function onOrphaned(stop: () => void): void {
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    stop();
  }, orphanCheckMs);
  timer.unref();
}
