import { afterEach, describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '@redmeter/test-servers/jest';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseResult } from '../../../src/spec/result-text.js';
import { startHttpServer } from '../../servers/http-test-server.js';
import { startCommand } from '../command-process.js';

const closings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closings.splice(0)) await close();
});

async function folderWith(experiment: string): Promise<string> {
  const folder = temporaryFolder();
  await writeFile(join(folder, 'experiment.yaml'), experiment);
  return folder;
}

/** Runs the command as a process of its own, sends it a signal when it prints `cue`, and waits for its end. */
async function interruptAt(
  cue: string,
  folder: string,
  until: Promise<void>,
  signal: NodeJS.Signals = 'SIGINT',
): Promise<number | null> {
  const child = startCommand(['run', '--run-dir', folder]);
  let printed = '';
  const cueSeen = new Promise<void>((seen) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      if (printed.includes(cue)) seen();
    });
  });
  const ended = once(child, 'close');
  await cueSeen;
  await until;
  child.kill(signal);
  const [code] = (await ended) as [number | null];
  return code;
}

/** Waits up to half a minute for a process to end; one that only waits to be collected has ended. */
async function hasEnded(pid: number): Promise<boolean> {
  const deadlineMs = performance.now() + 30_000;
  while (performance.now() < deadlineMs) {
    try {
      const status = await readFile(`/proc/${pid}/stat`, 'utf8');
      if (status.includes(') Z ')) return true;
    } catch {
      return true;
    }
    await wait(20);
  }
  return false;
}

const stubborn = `bash -c 'trap "" TERM; while :; do sleep 1; done'`;

it('ends a run in order when its terminal goes', async () => {
  const folder = await folderWith('- run: echo started; sleep 61\n');
  expect(await interruptAt('started', folder, Promise.resolve(), 'SIGHUP')).toBe(3);
  expect(parseResult(await readFile(join(folder, 'result.yaml'), 'utf8'), 'result.yaml').failure).toBe(true);
});

describe('Ctrl-C', () => {
  it('during a load leaves a valid result with the reason', async () => {
    let onFirstRequest = (): void => undefined;
    const loading = new Promise<void>((resolve) => (onFirstRequest = resolve));
    const server = await startHttpServer((_request, response) => {
      onFirstRequest();
      response.end();
    });
    closings.push(() => server.close());
    const folder = await folderWith(`- run: "true"\n- task: http\n  with: {url: "${server.url}", duration: 60s}\n`);
    expect(await interruptAt('task 2/2: http', folder, loading)).toBe(3);
    expect(parseResult(await readFile(join(folder, 'result.yaml'), 'utf8'), 'result.yaml')).toMatchObject({
      failure: true,
      failureReason: 'task 2 (http): interrupted',
      numTasks: 2,
      numCompletedTasks: 1,
    });
  });

  it.each([
    ['that waits for it', '- run: sleep 61 & echo $! > pid; echo started; wait\n'],
    ['that has left it behind', '- run: sleep 61 & echo $! > pid\n- run: echo started; sleep 62\n'],
    [
      'that has ended, although it does not care',
      `- run: ${stubborn} & echo $! > pid\n- run: echo started; sleep 62\n`,
    ],
  ])('ends what was started by a script %s', async (_name, experiment) => {
    const folder = await folderWith(experiment);
    expect(await interruptAt('started', folder, Promise.resolve())).toBe(3);
    const pid = Number(await readFile(join(folder, 'pid'), 'utf8'));
    expect(await hasEnded(pid)).toBe(true);
    expect(parseResult(await readFile(join(folder, 'result.yaml'), 'utf8'), 'result.yaml').failure).toBe(true);
  });
});
