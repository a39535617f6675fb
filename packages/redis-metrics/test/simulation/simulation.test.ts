import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import { MUTANTS } from './mutants.js';
import type { RunTotals } from './worker-protocol.js';

const SCHEDULES = 1000;
/** Seeds within which each mutant must be found. */
const SEEDS_OF_A_MUTANT = 3000;

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program of `npm run simulate` in plain Node, where it is much faster than here. */
async function simulate(...args: readonly string[]): Promise<Outcome> {
  const program = join(__dirname, 'main.ts');
  const options = ['--conditions=redmeter-source', '--import', 'tsx', program, ...args];
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, options)) };
  } catch (error) {
    return error as Outcome;
  }
}

async function totalsOf(...args: readonly string[]): Promise<RunTotals> {
  const { stderr, stdout } = await simulate('--processes', '1', '--json', ...args);
  expect(stderr).toBe('');
  return JSON.parse(stdout) as RunTotals;
}

it('Redis holds what the writers recorded, in each schedule', async () => {
  const totals = await totalsOf('--schedules', String(SCHEDULES));
  expect(totals.failures).toEqual([]);
  expect(totals.schedules).toBe(SCHEDULES);
  // Each kind of fault occurs, and more than one in a schedule.
  expect(Object.keys(totals.steps).length).toBeGreaterThan(20);
  expect(totals.steps['reply lost']).toBeGreaterThan(SCHEDULES / 10);
});

it('finds each fault that is put into the library or the merge script', async () => {
  const { stdout } = await simulate('--mutants', '--schedules', String(SEEDS_OF_A_MUTANT));
  const found = stdout.trim().split('\n');
  expect(found).toEqual(MUTANTS.map(({ name }) => expect.stringMatching(`^${name}: seed `)));
});

it('runs a seed again with the same result, and shrinks it', async () => {
  const mutant = ['--mutant', 'no ledger check', '--seed', '1'];
  const [first, second] = [await simulate(...mutant, '--trace'), await simulate(...mutant, '--trace')];
  expect(first.code).toBe(1);
  expect(first.stdout).toBe(second.stdout);
  expect(first.stdout).toContain('FAILED: ');
  expect(first.stdout).toMatch(/Redis: batch \d+ of \w+-0: applied/);
  const whole = await simulate(...mutant, '--whole');
  const shrunk = await simulate(...mutant);
  expect(shrunk.stdout.split('\n').length).toBeLessThan(whole.stdout.split('\n').length);
});

it.each([
  [['--schedules', '0'], '--schedules: expected a whole number of at least 1, got 0\n'],
  [['--seed', 'x'], '--seed: expected a whole number of at least 1, got x\n'],
])('refuses %j in one line', async (args, message) => {
  expect(await simulate(...args)).toMatchObject({ code: 2, stderr: message });
});
