import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
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

describe('the library', () => {
  let folder: string;
  let program: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'redmeter-conformance-'));
    program = join(folder, 'conformance.mjs');
    // In one file, it starts in a tenth of the time; and from source, since a build may be older.
    await build({
      entryPoints: [join(root, 'examples/conformance.mjs')],
      outfile: program,
      ...{ bundle: true, platform: 'node', format: 'esm', conditions: ['redmeter-source'], logLevel: 'error' },
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('conforms', async () => {
    const { results, writer } = await runCases(ALL_CASES, {
      ...{ command: [process.execPath, program], scriptPath, timeoutMs: TIMEOUT_MS },
    });
    expect(writer).toBe('@redmeter/redis-metrics');
    expect(summary(results)).toEqual({ wrong: [], skipped: 0, advised: LIBRARY_ADVICE });
  });
});
