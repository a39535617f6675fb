import { beforeAll, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { findProgram, type ProgramName } from '@redmeter/stack';
import { ALL_CASES, runCases, type ConformanceResult } from '../src/index.js';

const root = join(__dirname, '../../..');
const scriptPath = join(root, 'packages/redis-metrics/lua/merge.lua');
const TIMEOUT_MS = 60_000;

function interpreter(name: ProgramName): string {
  const found = findProgram(name, process.env['PATH'] ?? '');
  if (found === undefined) throw new Error(`expected ${name} on PATH; npm test installs it`);
  return found;
}

const writers = {
  'the Python package': {
    command: () => [interpreter('python-redis'), '-B', join(root, 'clients/python/test/conformance.py')],
    name: 'redmeter (Python)',
    ...{ lacks: [], advised: [] },
  },
  'the PHP package': {
    command: () => [interpreter('php-redis'), join(root, 'clients/php/test/conformance.php')],
    name: 'redmeter/metrics',
    ...{ lacks: [], advised: [] },
  },
  'the library': {
    // As it was built.
    command: () => [process.execPath, join(root, 'examples/node/conformance.mjs')],
    name: '@redmeter/redis-metrics',
    lacks: [],
    // It checks values when they are recorded, so that no call is malformed.
    advised: ['malformed-call'],
  },
};

/** All writers at once, since they mostly wait. */
const results = new Map<string, ConformanceResult>();
beforeAll(async () => {
  await Promise.all(
    Object.entries(writers).map(async ([what, { command }]) => {
      const options = { command: command(), scriptPath, timeoutMs: TIMEOUT_MS };
      results.set(what, await runCases(ALL_CASES, options));
    }),
  );
});

it.each(Object.entries(writers))('%s conforms', (what, { name, lacks, advised }) => {
  const result = results.get(what);
  const all = result?.results ?? [];
  expect(result?.writer).toBe(name);
  expect(all.map((each) => each.name)).toEqual(ALL_CASES.map((each) => each.name));
  expect(all.filter(({ kind }) => kind !== 'ok' && kind !== 'unsupported')).toEqual([]);
  const lacking = all.flatMap((each) => (each.kind === 'unsupported' ? [each.what] : []));
  expect([...new Set(lacking)]).toEqual(lacks);
  expect(all.flatMap((each) => (each.kind === 'ok' && each.advice.length > 0 ? [each.name] : []))).toEqual(advised);
});
