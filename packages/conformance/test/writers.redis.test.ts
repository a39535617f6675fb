import { expect, it } from '@jest/globals';
import { join } from 'node:path';
import { findProgram, type ProgramName } from '@redmeter/stack';
import { ALL_CASES, runCases, type CaseResult } from '../src/index.js';

const root = join(__dirname, '../../..');
const scriptPath = join(root, 'packages/redis-metrics/lua/merge.lua');
const TIMEOUT_MS = 60_000;

function interpreter(name: ProgramName): string {
  const found = findProgram(name, process.env['PATH'] ?? '');
  if (found === undefined) throw new Error(`expected ${name} on PATH; npm test installs it`);
  return found;
}

/** What the library does not do, though it should: it checks values when they are recorded, so that no call is malformed. */
const LIBRARY_ADVICE = ['malformed-call'];

const writers = {
  'the Python writer': {
    command: () => [interpreter('python-redis'), '-B', join(root, 'examples/python/conformance.py')],
    skipped: 3,
  },
  'the PHP writer': {
    command: () => [interpreter('php-redis'), join(root, 'examples/php/conformance.php')],
    skipped: 3,
  },
};

function summary(results: readonly CaseResult[]): { wrong: CaseResult[]; skipped: number; advised: string[] } {
  return {
    wrong: results.filter(({ kind }) => kind === 'failed' || kind === 'broken'),
    skipped: results.filter(({ kind }) => kind === 'skipped').length,
    advised: results.flatMap((result) => (result.kind === 'ok' && result.advice.length > 0 ? [result.name] : [])),
  };
}

it.each(Object.entries(writers))('%s conforms', async (_name, { command, skipped }) => {
  const { results } = await runCases(ALL_CASES, { command: command(), scriptPath, timeoutMs: TIMEOUT_MS });
  expect(results.map(({ name }) => name)).toEqual(ALL_CASES.map(({ name }) => name));
  expect(summary(results)).toEqual({ wrong: [], skipped, advised: [] });
});

it('the library conforms', async () => {
  // As it was built.
  const command = [process.execPath, join(root, 'examples/node/conformance.mjs')];
  const { results, writer } = await runCases(ALL_CASES, { command, scriptPath, timeoutMs: TIMEOUT_MS });
  expect(writer).toBe('@redmeter/redis-metrics');
  expect(summary(results)).toEqual({ wrong: [], skipped: 0, advised: LIBRARY_ADVICE });
});
