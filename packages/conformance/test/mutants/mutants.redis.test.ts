import { beforeAll, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { findProgram } from '@redmeter/stack';
import { contentMutants } from './content-mutants.js';
import { deliveryMutants } from './delivery-mutants.js';
import { nativeMutants } from './native-mutants.js';
import { runMutant } from './run-mutant.js';
import { ALL_CASES, startKitServer, type CaseResult } from '../../src/index.js';

const scriptPath = join(__dirname, '../../../redis-metrics/lua/merge.lua');
const mutants = [...contentMutants, ...nativeMutants, ...deliveryMutants];

/** So many run at a time, each with a Redis of its own. */
const AT_ONCE = 3;

const results = new Map<string, ReadonlyMap<string, CaseResult>>();
beforeAll(async () => {
  const python = findProgram('python-redis', process.env['PATH'] ?? '');
  if (python === undefined) throw new Error('expected Python with the module redis on PATH; npm test installs it');
  const waiting = [...mutants];
  const runSome = async (): Promise<void> => {
    const server = await startKitServer();
    try {
      for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
        results.set(mutant.name, await runMutant(mutant, { python, server, scriptPath }));
      }
    } finally {
      await server.stop();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, runSome));
});

it.each(mutants.map((mutant) => [mutant.name, mutant.caughtBy, mutant] as const))(
  'a writer that %s is caught by %s',
  (name, caughtBy, { requirement, orRequirement = requirement, alsoCaughtBy = [] }) => {
    const result = results.get(name)?.get(caughtBy);
    // Some of what a writer should do is no failure.
    const findings = result?.kind === 'failed' ? [result.finding] : result?.kind === 'ok' ? result.advice : [];
    const found = findings.flatMap(({ requirements }) => requirements);
    const isFound = found.includes(requirement) || found.includes(orRequirement);
    expect([isFound, result]).toEqual([true, result]);
    for (const other of alsoCaughtBy) expect(results.get(name)?.get(other)).toMatchObject({ kind: 'failed' });
  },
);

it('each case finds a broken writer', () => {
  const finding = new Set(mutants.flatMap(({ caughtBy, alsoCaughtBy = [] }) => [caughtBy, ...alsoCaughtBy]));
  const without = ALL_CASES.filter(({ name }) => !finding.has(name));
  expect(without.map(({ name }) => name)).toEqual([]);
});
