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
  console.log(JSON.stringify(cases.map(([file, code]) =>
    linter.verify(code, [parse, ...importDirection], { filename: file })
      .map(({ message }) => message).join())));
`;

function lint(imports: readonly (readonly [file: string, imported: string])[]): unknown {
  return lintCode(imports.map(([file, imported]) => [file, `export * from '${imported}';`]));
}

function lintCode(cases: readonly (readonly [file: string, code: string])[]): unknown {
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

it('makes it a lint error for what decides or reports to reach the world', () => {
  const file = 'packages/experiment/src/assess/assess.ts';
  const folder = ['assess', 'assess/statistics', 'report', 'result'];
  const imported = [
    'node:fs',
    'ioredis',
    'undici',
    '@redmeter/redis-metrics',
    '../tasks/run-task.js',
    '../store/redis-store.js',
  ];
  const imports = folder.flatMap((name) =>
    imported.map(
      (from) =>
        [`packages/experiment/src/${name}/x.ts`, from.replace('..', name.includes('/') ? '../..' : '..')] as const,
    ),
  );
  expect(lint(imports)).toEqual(imports.map(() => expect.stringContaining('is pure')));
  const uses = ['Date.now();', 'new Date();', 'performance.now();', 'fetch("http://a");', 'process.env.A;'];
  expect(lintCode(uses.map((code) => [file, code]))).toEqual(uses.map(() => expect.stringContaining('is pure')));
});

it('lets what decides or reports import what is pure, and make a date of a time it is given', () => {
  const imports = [
    ['packages/experiment/src/assess/assess.ts', './statistics/mean.js'],
    ['packages/experiment/src/assess/statistics/mean.ts', '../../result/load-metrics.js'],
    ['packages/experiment/src/report/text-report.ts', '../assess/slo-verdict.js'],
    ['packages/experiment/src/result/metric-value.ts', '../assess/statistics/mean.js'],
    ['packages/experiment/src/tasks/run-task.ts', 'node:fs'],
  ] as const;
  expect(lint(imports)).toEqual(imports.map(() => ''));
  expect(lintCode([['packages/experiment/src/report/x.ts', 'new Date("2026-01-01").toISOString();']])).toEqual(['']);
});
