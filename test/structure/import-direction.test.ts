import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';

// ESLint's configuration is an ES module, so a process of its own applies it to each line.
const LINT = `
  import { Linter } from 'eslint';
  import { importDirection } from './eslint.imports.mjs';
  const parse = { languageOptions: { sourceType: 'module' }, files: ['**/*.ts'] };
  const linter = new Linter({ cwd: process.cwd() });
  const cases = JSON.parse(process.argv[1]);
  console.log(JSON.stringify(cases.map(([file, imported]) =>
    linter.verify("export * from '" + imported + "';", [parse, ...importDirection], { filename: file })
      .map(({ message }) => message).join())));
`;

function lint(cases: readonly (readonly [file: string, imported: string])[]): unknown {
  const args = ['--input-type=module', '-e', LINT, JSON.stringify(cases)];
  return JSON.parse(execFileSync(process.execPath, args, { cwd: join(__dirname, '../..'), encoding: 'utf8' }));
}

it('makes it a lint error to import against the flow of data', () => {
  const against = [
    ['packages/metric-format/src/index.ts', '@redmeter/metric-reader'],
    ['packages/metric-reader/src/index.ts', '@redmeter/redis-metrics'],
    ['packages/redis-metrics/src/index.ts', '@redmeter/metric-reader'],
    ['app/src/main.ts', '@redmeter/metric-format'],
    ['scripts/stack/src/index.ts', '@redmeter/app'],
  ] as const;
  expect(lint(against)).toEqual(against.map(() => expect.stringContaining('data flows one way')));
});

it('lets a workspace import what it is built on, by its name only', () => {
  expect(
    lint([
      ['packages/metric-reader/src/index.ts', '@redmeter/metric-format'],
      ['app/src/main.ts', '@redmeter/redis-metrics'],
      ['packages/metric-reader/src/index.ts', '@redmeter/metric-format/dist/label.js'],
    ]),
  ).toEqual(['', '', expect.stringContaining('what its index does not export is private')]);
});
