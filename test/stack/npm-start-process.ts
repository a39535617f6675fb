import { spawn } from 'node:child_process';
import { checkout, partNames, portVariables, type Ports } from '@redmeter/stack';
import { freePorts, waitFor } from '@redmeter/test-servers';

/** `npm start` as a person runs it, but on free ports. */
export interface NpmStart {
  readonly ports: Ports;
  /** All it has said on both outputs. */
  said(): string;
  /** Waits until it has said something that matches, and returns the match. */
  untilSaid(pattern: RegExp, timeoutMs?: number): Promise<RegExpMatchArray>;
  /** Sends a signal as a terminal does at Ctrl-C: to npm, its shell and the script alike. */
  signal(name: NodeJS.Signals): void;
  /** Sends a signal to npm alone, as `kill` and process managers do. */
  signalNpm(name: NodeJS.Signals): void;
  /** Its exit code; 128 and more where a signal ended it. */
  readonly exitCode: Promise<number>;
}

const running = new Set<NpmStart>();
// A run that is cut off must not leave a stack behind.
process.once('exit', () => running.forEach((run) => run.signal('SIGKILL')));

/** Runs `npm start -- ARGS`; variables given win over those that set the free ports. */
export async function npmStart(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<NpmStart> {
  const ports = await freePorts(...partNames);
  const portSettings = Object.fromEntries(partNames.map((part) => [portVariables[part], String(ports[part])]));
  const child = spawn('npm', ['start', '--silent', '--', ...args], {
    cwd: checkout,
    detached: true,
    env: { ...process.env, ...portSettings, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  let hasEnded = false;
  const exitCode = new Promise<number>((resolve) => {
    child.once('close', (code) => {
      hasEnded = true;
      running.delete(run);
      resolve(code ?? 128);
    });
  });
  const signal = (name: NodeJS.Signals): void => {
    if (!hasEnded && child.pid !== undefined) process.kill(-child.pid, name);
  };
  const run: NpmStart = {
    signalNpm: (name) => void child.kill(name),
    ports,
    said: () => output,
    exitCode,
    signal,
    async untilSaid(pattern, timeoutMs = 90_000) {
      await waitFor(
        () => {
          if (hasEnded && !pattern.test(output))
            throw new Error(`npm start ended without printing ${String(pattern)}:\n${output}`);
          return pattern.test(output);
        },
        `npm start prints ${String(pattern)}`,
        timeoutMs,
      );
      const match = pattern.exec(output);
      if (match === null) throw new Error('what it said has gone');
      return match;
    },
  };
  running.add(run);
  return run;
}
