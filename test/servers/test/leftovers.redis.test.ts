import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';
import { waitFor } from '../src/index.js';

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

it('a run that is killed leaves neither servers nor their folders behind', async () => {
  const main = fileURLToPath(new URL('killed-run.ts', import.meta.url));
  const run = spawn(process.execPath, ['--conditions', 'redmeter-source', '--import', 'tsx', main], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(run.stdout, 'data')) as [Buffer];
  const { pids, dirs } = JSON.parse(line.toString()) as { readonly pids: number[]; readonly dirs: string[] };
  expect(pids.map(isRunning)).toEqual([true, true]);
  run.kill('SIGKILL');
  await waitFor(
    () => !pids.some(isRunning) && !dirs.some(existsSync),
    `${pids.join(', ')}, ${dirs.join(', ')} are gone`,
  );
});
