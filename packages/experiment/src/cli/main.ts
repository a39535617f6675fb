import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { runProgram } from './program.js';

const manifest = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')));
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // The first one ends the run in order; a second one, should that hang, ends the process.
  process.once(signal, () => interruption.abort());
}

process.exitCode = await runProgram(process.argv.slice(2), manifest.version, {
  workingFolder: process.cwd(),
  variables: process.env,
  writeOut: (text) => void process.stdout.write(text),
  writeError: (text) => void process.stderr.write(text),
  isErrorTerminal: process.stderr.isTTY,
  signal: interruption.signal,
});
