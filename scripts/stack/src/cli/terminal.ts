import { createInterface } from 'node:readline/promises';
import { checkout } from '../checkout.js';
import type { Installer } from '../install/install.js';

/** The installer of this process: it prints to standard error, and prompts on a terminal. */
export function processInstaller(): Installer {
  const isInteractive = process.stdin.isTTY && process.stderr.isTTY;
  return {
    root: checkout,
    environment: process.env,
    say: (line) => void process.stderr.write(`${line}\n`),
    ask: isInteractive ? askOnTerminal : undefined,
  };
}

async function askOnTerminal(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${question} [Y/n] `);
    return /^(y(es)?)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}
