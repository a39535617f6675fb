import { createInterface } from 'node:readline/promises';
import { checkout } from './checkout.js';
import { keepInForeground } from './cli/foreground.js';
import { startStack, type StartMode } from './cli/start.js';
import { StackError } from './stack-error.js';

/** Runs `npm start` to its end and sets the exit code: 0 after Ctrl-C, 1 when the stack cannot be had or breaks. */
export async function main(mode: StartMode): Promise<void> {
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  const isInteractive = process.stdin.isTTY && process.stdout.isTTY;
  const installer = { root: checkout, environment: process.env, say, ask: isInteractive ? askOnTerminal : undefined };
  try {
    process.exitCode = await keepInForeground((signal) => startStack(mode, installer, signal), {
      say,
      onStopSignal(stop) {
        for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
      },
      exitNow: () => process.exit(130),
    });
  } catch (error) {
    if (!(error instanceof StackError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}

async function askOnTerminal(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await terminal.question(`${question} [Y/n] `);
    return /^(y(es)?)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}
