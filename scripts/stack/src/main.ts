import { keepInForeground } from './cli/foreground.js';
import { startStack, type StartMode } from './cli/start.js';
import { processInstaller } from './cli/terminal.js';
import { StackError } from './stack-error.js';

/** Runs `npm start` to its end and sets the exit code: 0 after Ctrl-C, 1 when the stack cannot be had or breaks. */
export async function main(mode: StartMode): Promise<void> {
  const installer = processInstaller();
  try {
    process.exitCode = await keepInForeground((signal) => startStack(mode, installer, signal), {
      say: (text) => void process.stdout.write(`${text}\n`),
      onStopSignal(stop) {
        for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
      },
      exitNow: () => process.exit(130),
    });
  } catch (error) {
    if (!(error instanceof StackError)) throw error;
    installer.say(error.message);
    process.exitCode = 1;
  }
}
