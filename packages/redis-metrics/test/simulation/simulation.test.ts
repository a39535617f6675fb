import { expect, it } from '@jest/globals';
import { MUTANTS } from './mutants.js';
import { simulate, totalsOf } from './program/run-program.js';

const SCHEDULES = 1000;
/** Seeds within which each mutant must be found. */
const SEEDS_OF_A_MUTANT = 3000;

it('Redis holds what the writers recorded, in each schedule', async () => {
  const totals = await totalsOf('--schedules', String(SCHEDULES));
  expect(totals.failures).toEqual([]);
  expect(totals.schedules).toBe(SCHEDULES);
  // Each kind of fault occurs, and more than one in a schedule.
  expect(Object.keys(totals.steps).length).toBeGreaterThan(20);
  expect(totals.steps['reply lost']).toBeGreaterThan(SCHEDULES / 10);
  expect(totals.steps['observe sizes']).toBeGreaterThan(SCHEDULES / 10);
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
