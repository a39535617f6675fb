import { expect, it } from '@jest/globals';
import { ResultFile } from '../../src/cli/result-file.js';
import type { ExperimentResult } from '../../src/result/experiment-result.js';

const WRITE_MS = 50;
const TASK_MS = 1;

function resultOf(numCompletedTasks: number): ExperimentResult {
  return { startTime: '', numLoops: 1, numCompletedTasks, failure: false, tasks: [] };
}

/** A file whose writes take time on a clock of its own, and what was written to it. */
function makeFile(): { file: ResultFile; written: number[]; clock: { nowMs: number } } {
  const clock = { nowMs: 0 };
  const written: number[] = [];
  const file = new ResultFile(
    ({ numCompletedTasks }) => {
      clock.nowMs += WRITE_MS;
      written.push(numCompletedTasks);
      return Promise.resolve();
    },
    () => clock.nowMs,
  );
  return { file, written, clock };
}

it('is written after each task of an experiment', async () => {
  const { file, written } = makeFile();
  for (let task = 1; task <= 40; task += 1) await file.update(() => resultOf(task));
  expect(written).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
});

it('takes a tenth of the time of thousands of tasks, and holds the last one at the end', async () => {
  const { file, written, clock } = makeFile();
  for (let task = 1; task <= 20_000; task += 1) {
    clock.nowMs += TASK_MS;
    await file.update(() => resultOf(task));
  }
  await file.flush();
  expect(written.at(-1)).toBe(20_000);
  // 2 s of writes at first, then a tenth of the 22 s that tasks and writes take.
  expect(written.length * WRITE_MS).toBeLessThan(5000);
  expect(written.length).toBeGreaterThan(40);
});

it('is written behind the back of a long task that follows many', async () => {
  const { file, written, clock } = makeFile();
  for (let task = 1; task <= 100; task += 1) await file.update(() => resultOf(task));
  expect(written.at(-1)).toBeLessThan(100);
  clock.nowMs += 1_000_000;
  await file.update(() => resultOf(101));
  expect(written.at(-1)).toBe(101);
});

it('reports why it cannot be written, also for a delayed write', async () => {
  const file = new ResultFile(
    () => Promise.reject(new Error('no space')),
    () => 0,
  );
  await expect(file.update(() => resultOf(1))).rejects.toThrow('no space');
  await expect(file.flush()).rejects.toThrow('no space');
});
