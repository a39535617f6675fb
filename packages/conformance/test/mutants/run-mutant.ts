import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RedisServer } from '@redmeter/test-servers';
import { ALL_CASES, runCases, type CaseResult } from '../../src/index.js';
import type { Mutant } from './mutant.js';

/** No mutant is judged by its speed. */
const TIMEOUT_MS = 30_000;
const root = join(__dirname, '../../../..');
/** What mutants change, in the Python package. */
const ADAPTER = 'test/conformance.py';
const MODULES = 'src/redmeter';

/** Parts that all mutants share. */
export interface MutantParts {
  readonly python: string;
  readonly server: RedisServer;
  readonly scriptPath: string;
}

/** Changes a copy of the Python package and puts it through the cases that must find the change; results by the name of the case. */
export async function runMutant(mutant: Mutant, parts: MutantParts): Promise<ReadonlyMap<string, CaseResult>> {
  const { python, server, scriptPath } = parts;
  const names = [mutant.caughtBy, ...(mutant.alsoCaughtBy ?? [])];
  const cases = ALL_CASES.filter(({ name }) => names.includes(name));
  if (cases.length < names.length) throw new Error(`${mutant.name}: expected cases ${names.join(', ')}`);
  const folder = mkdtempSync(join(tmpdir(), 'redmeter-mutant-'));
  try {
    cpSync(join(root, 'clients/python'), folder, { recursive: true });
    const modules = readdirSync(join(folder, MODULES)).filter((file) => file.endsWith('.py'));
    const files = [ADAPTER, ...modules.map((file) => join(MODULES, file))].map((file) => join(folder, file));
    const places = files.flatMap((file) =>
      readFileSync(file, 'utf8')
        .split(mutant.text)
        .slice(1)
        .map(() => file),
    );
    const [file, another] = places;
    if (file === undefined || another !== undefined)
      throw new Error(`${mutant.name}: expected its text once in the Python package, got it ${places.length} times`);
    // A function, since a text may have a `$`.
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace(mutant.text, () => mutant.by),
    );
    const command = [python, '-B', join(folder, ADAPTER)];
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
