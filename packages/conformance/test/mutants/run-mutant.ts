import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RedisServer } from '@redmeter/test-servers';
import { ALL_CASES, runCases, type CaseResult } from '../../src/index.js';
import type { Mutant } from './mutant.js';

/** No mutant is judged by its speed. */
const TIMEOUT_MS = 30_000;
const root = join(__dirname, '../../../..');
/** Where the files lie that mutants change, in the Python package. */
const PLACES: Readonly<Record<Mutant['file'], string>> = {
  'merge_writer.py': 'src/redmeter/merge_writer.py',
  'series_rules.py': 'src/redmeter/series_rules.py',
  'conformance.py': 'test/conformance.py',
};

/** Parts that all mutants share. */
export interface MutantParts {
  readonly python: string;
  readonly server: RedisServer;
  readonly scriptPath: string;
}

/** Changes a copy of the Python writer and puts it through the cases that must find the change; results by the name of the case. */
export async function runMutant(mutant: Mutant, parts: MutantParts): Promise<ReadonlyMap<string, CaseResult>> {
  const { python, server, scriptPath } = parts;
  const names = [mutant.caughtBy, ...(mutant.alsoCaughtBy ?? [])];
  const cases = ALL_CASES.filter(({ name }) => names.includes(name));
  if (cases.length < names.length) throw new Error(`${mutant.name}: expected cases ${names.join(', ')}`);
  const folder = mkdtempSync(join(tmpdir(), 'redmeter-mutant-'));
  try {
    cpSync(join(root, 'clients/python'), folder, { recursive: true });
    const path = join(folder, PLACES[mutant.file]);
    const source = readFileSync(path, 'utf8');
    const places = source.split(mutant.text).length - 1;
    if (places !== 1)
      throw new Error(`${mutant.name}: expected its text once in ${mutant.file}, got it ${places} times`);
    // A function, since a text may have a `$`.
    writeFileSync(
      path,
      source.replace(mutant.text, () => mutant.by),
    );
    const command = [python, '-B', join(folder, PLACES['conformance.py'])];
    const { results } = await runCases(cases, {
      command,
      scriptPath,
      timeoutMs: mutant.timeoutMs ?? TIMEOUT_MS,
      server,
    });
    return new Map(results.map((result) => [result.name, result]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
