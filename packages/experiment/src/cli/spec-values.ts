import { resolve } from 'node:path';
import { readFile } from 'node:fs/promises';
import { ExperimentError, messageOf } from '../experiment-error.js';
import { describeValue } from '../spec/schema-problems.js';
import { parseSource } from '../spec/source-document.js';

/** The flags that fill in a spec. */
export type SpecValueOptions = { readonly set?: readonly string[]; readonly values?: readonly string[] };

const NAME = /^[A-Za-z_]\w*$/;

/** The values of `--values FILE` and `--set NAME=VALUE`, the later over the earlier, `--set` over files. @throws ExperimentError `invalid_usage`, `invalid_spec` or `file_missing` */
export async function readSpecValues(
  { set = [], values = [] }: SpecValueOptions,
  workingFolder: string,
): Promise<ReadonlyMap<string, string>> {
  const known = new Map<string, string>();
  for (const file of values) {
    for (const [name, value] of await valuesIn(resolve(workingFolder, file))) known.set(name, value);
  }
  for (const given of set) {
    const equals = given.indexOf('=');
    const name = given.slice(0, Math.max(0, equals));
    if (!NAME.test(name)) {
      throw new ExperimentError(
        'invalid_usage',
        `expected --set NAME=VALUE, the name of letters, digits and "_", got ${describeValue(given)}`,
      );
    }
    known.set(name, given.slice(equals + 1));
  }
  return known;
}

async function valuesIn(file: string): Promise<[string, string][]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new ExperimentError('file_missing', `expected to read --values ${file}, got ${messageOf(cause)}`, { cause });
  }
  const { value, locate } = parseSource(text, file);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ExperimentError(
      'invalid_spec',
      `${file}:1:1: expected a mapping of names and values, got ${describeValue(value ?? undefined)}`,
    );
  }
  return Object.entries(value).map(([name, given]: [string, unknown]) => {
    const isValue = typeof given === 'string' || typeof given === 'number' || typeof given === 'boolean';
    if (isValue && NAME.test(name)) return [name, String(given)];
    const { line, column } = locate([], name);
    const expected = isValue ? 'a name of letters, digits and "_"' : 'a string, a number, true or false';
    const got = isValue ? JSON.stringify(name) : describeValue(given);
    throw new ExperimentError('invalid_spec', `${file}:${line}:${column}: ${name}: expected ${expected}, got ${got}`);
  });
}
