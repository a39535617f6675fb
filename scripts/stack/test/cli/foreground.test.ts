import { describe, expect, it } from '@jest/globals';
import { keepInForeground, type Terminal } from '../../src/cli/foreground.js';
import type { RunningStack } from '../../src/running-stack.js';
import { StackError } from '../../src/stack-error.js';

interface Session {
  readonly terminal: Terminal;
  readonly said: string[];
  readonly press: () => void;
}

function session(): Session {
  const said: string[] = [];
  let stop = (): void => undefined;
  return {
    said,
    press: () => stop(),
    terminal: {
      say: (text) => void said.push(text),
      onStopSignal: (listener) => {
        stop = listener;
      },
      exitNow: () => void said.push('exit now'),
    },
  };
}

function stackThatRuns(events: string[], broken = new Promise<string>(() => undefined)): RunningStack {
  const rows = [{ part: 'redis', url: 'redis://localhost:6379', state: 'healthy' }];
  const stop = (): Promise<void> => Promise.resolve(events.push('stopped')).then(() => undefined);
  return { rows, logsHint: 'Logs: here', broken, stop };
}

describe('keepInForeground', () => {
  it('shows the table, and stops the stack at Ctrl-C with code 0', async () => {
    const { terminal, said, press } = session();
    const code = keepInForeground(() => Promise.resolve(stackThatRuns(said)), terminal);
    await Promise.resolve();
    press();
    expect(await code).toBe(0);
    expect(said[0]).toMatch(/PART +URL +STATE\nredis /);
    expect(said.slice(1)).toEqual(['\nStopping …', 'stopped', 'Stopped.']);
  });

  it('takes the Ctrl-C that npm repeats for one', async () => {
    const { terminal, said, press } = session();
    const code = keepInForeground(() => Promise.resolve(stackThatRuns(said)), terminal);
    press();
    press();
    expect(await code).toBe(0);
    expect(said).not.toContain('exit now');
  });

  it('relays the end of a part, stops the rest, and ends with code 1', async () => {
    const { terminal, said } = session();
    const broken = Promise.resolve('exporter ended with exit code 1');
    expect(await keepInForeground(() => Promise.resolve(stackThatRuns(said, broken)), terminal)).toBe(1);
    expect(said.slice(1)).toEqual(['\nexporter ended with exit code 1\nStopping the rest …', 'stopped', 'Stopped.']);
  });

  it('gives a start up that is interrupted', async () => {
    const { terminal, said, press } = session();
    const start = (signal: AbortSignal): Promise<RunningStack> =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new StackError('interrupted', 'interrupted')));
      });
    const code = keepInForeground(start, terminal);
    press();
    expect(await code).toBe(0);
    expect(said).toEqual(['Stopped.']);
  });

  it('leaves the errors of a start to its caller', async () => {
    const error = new StackError('port-in-use', 'port 6379 (redis) is in use');
    await expect(keepInForeground(() => Promise.reject(error), session().terminal)).rejects.toBe(error);
  });
});
