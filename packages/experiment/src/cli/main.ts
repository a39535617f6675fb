import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { EXIT_CODE } from './command-environment.js';
import { runProgram, unexpectedErrorLine } from './program.js';

const GRACE_MS = 5000;

const manifest = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')));
// They are for those who maintain redmeter: grpc-js gives TLS the name of a server that is an IP address, for one.
process.noDeprecation = true;
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // The first one ends the run in order; a second one, should that hang, ends the process.
  process.once(signal, () => interruption.abort());
}

const fail = (error: unknown): void => {
  process.exitCode = EXIT_CODE.runFailed;
  process.stderr.write(unexpectedErrorLine(error));
};
process.on('uncaughtException', (error) => {
  fail(error);
  // A run ends in order, its failure on disk, if it still can.
  interruption.abort();
  setTimeout(() => process.exit(), GRACE_MS).unref();
});
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The reader closed the pipe, as `head` does: the exit code stays.
  if (error.code !== 'EPIPE') fail(error);
});
// There is nowhere left to report it.
process.stderr.on('error', () => undefined);

const exitCode = await runProgram(process.argv.slice(2), manifest.version, {
  workingFolder: process.cwd(),
  variables: process.env,
  writeOut: (text) => void process.stdout.write(text),
  writeError: (text) => void process.stderr.write(text),
  isErrorTerminal: process.stderr.isTTY,
  signal: interruption.signal,
});
// Unless something failed meanwhile. The jq that reads answers of back ends sets it to 0 when it ends.
if (process.exitCode === undefined || process.exitCode === 0) process.exitCode = exitCode;
