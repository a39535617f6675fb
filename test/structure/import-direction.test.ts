import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { beforeAll, expect, it } from '@jest/globals';
import { temporaryFolder } from '@redmeter/test-servers/jest';

const root = join(__dirname, '../..');
const packages = ['http-server', 'metric-format', 'metric-reader', 'redis-metrics', 'experiment', 'service'].map(
  (name) => `packages/${name}`,
);

type Files = Readonly<Record<string, string>>;

const importing = (name: string): string => `export * from '${name}';`;
const experiment = 'packages/experiment/src';

const library = 'packages/redis-metrics/src';

/** Files of the library, each with what it imports; a file that only is imported is empty. */
function libraryFiles(imports: Readonly<Record<string, readonly string[]>>): Files {
  const files: Record<string, string> = {};
  for (const [file, targets] of Object.entries(imports)) {
    for (const target of targets) files[join(library, dirname(file), target).replace(/\.js$/, '.ts')] ??= 'export {};';
    files[`${library}/${file}`] = ['export {};', ...targets.map(importing)].join('');
  }
  return files;
}

/** Imports between folders of the library against the flow, and the rule that refuses each. */
const againstTheFlow: readonly (readonly [from: string, rule: string, to: string])[] = [
  ['accounting', 'imports of accounting', 'recording/series/a'],
  ['delivery', 'imports of delivery', 'flush/a'],
  ['flush', 'imports of flush', 'service/a'],
  ['prom-client', 'prom-client without http', 'http/a'],
  ['recording/families', 'imports of recording/families', 'redis/a'],
  ['recording/lookup', 'imports of recording/lookup', 'recording/a'],
  ['recording/series', 'imports of recording/series', 'recording/lookup/a'],
  ['redis', 'redis without recording', 'recording/a'],
  ['redis', 'redis without recording', 'recording/series/a'],
  ['service', 'imports of service', 'http/a'],
  ['time', 'imports of time', 'a'],
];

/** A file for each folder on the left, with all its imports, and an index that leads to all of them. */
function filesAgainstTheFlow(): Files {
  const imports: Record<string, string[]> = {};
  for (const [from, , to] of againstTheFlow) (imports[`${from}/b.ts`] ??= []).push(`${relative(from, to)}.js`);
  return libraryFiles({
    'index.ts': Object.keys(imports).map((file) => `./${file.replace('.ts', '.js')}`),
    ...imports,
  });
}

/** Trees of files, and what `npm run imports` finds in each, as `rule: from -> to`. */
const trees: [name: string, files: Files, violations: unknown[]][] = [
  [
    'lets a workspace import what it is built on, by its name',
    {
      'packages/metric-reader/src/index.ts': importing('@redmeter/metric-format'),
      'packages/experiment/src/index.ts': importing('@redmeter/redis-metrics'),
      'app/src/index.ts': importing('@redmeter/redis-metrics'),
      'exporter/src/index.ts': importing('@redmeter/metric-reader'),
    },
    [],
  ],
  ...[
    ['packages/metric-format', 'packages/metric-reader'],
    ['packages/metric-reader', 'packages/redis-metrics'],
    ['packages/redis-metrics', 'packages/metric-reader'],
    ['packages/redis-metrics', 'packages/experiment'],
    ['packages/experiment', 'packages/service'],
    ['packages/http-server', 'packages/metric-format'],
    ['app', 'packages/metric-format'],
    ['exporter', 'packages/redis-metrics'],
  ].map(([from = '', to = '']): [string, Files, string[]] => [
    `refuses that ${from} imports ${to}`,
    { [`${from}/src/index.ts`]: importing(`@redmeter/${to.replace('packages/', '')}`) },
    [`imports of ${from}: ${from}/src/index.ts -> ${to}/src/index.ts`],
  ]),
  [
    'lets the folders of the library import those below them',
    libraryFiles({
      'index.ts': ['./http/a.js', './prom-client/a.js', './service/a.js'],
      'prom-client/a.ts': ['../service/a.js', '../recording/series/a.js'],
      'http/a.ts': ['../service/a.js'],
      'service/a.ts': ['../flush/a.js', '../errors/a.js'],
      'flush/a.ts': ['../delivery/a.js', '../recording/a.js'],
      'delivery/a.ts': ['../redis/a.js', '../recording/series/a.js'],
      'redis/a.ts': ['../time/a.js', '../errors/a.js'],
      'recording/a.ts': ['./families/a.js'],
      'recording/families/a.ts': ['../lookup/a.js', '../series/a.js'],
      'recording/lookup/a.ts': ['../series/a.js'],
      'recording/series/a.ts': ['../../accounting/a.js', '../../time/a.js'],
      'accounting/a.ts': ['../errors/a.js'],
    }),
    [],
  ],
  [
    'refuses imports of the library against the flow, and a file in none of its folders',
    filesAgainstTheFlow(),
    againstTheFlow.map(([from, rule, to]) => `${rule}: ${library}/${from}/b.ts -> ${library}/${to}.ts`).sort(),
  ],
  [
    'refuses what the index of a package does not export',
    {
      'packages/metric-format/src/index.ts': importing('./names.js'),
      'packages/metric-format/src/names.ts': 'export const a = 1;',
      'exporter/src/index.ts': importing('../../packages/metric-format/src/names.js'),
    },
    ['packages by their names: exporter/src/index.ts -> packages/metric-format/src/names.ts'],
  ],
  [
    'refuses a circle, be it of types alone',
    {
      'app/src/index.ts': importing('./a.js'),
      'app/src/a.ts': "import type { B } from './b.js'; export interface A { b: B }",
      'app/src/b.ts': "import type { A } from './a.js'; export interface B { a: A }",
    },
    ['no circle: app/src/a.ts -> app/src/b.ts'],
  ],
  [
    'refuses a file that nobody imports, and an import of nothing',
    { 'app/src/lonely.ts': importing('./also.js'), 'app/src/also.ts': importing('./nowhere.js') },
    [
      'imports that exist: app/src/also.ts -> ./nowhere.js',
      'nobody imports it: app/src/also.ts -> app/src/also.ts',
      'nobody imports it: app/src/lonely.ts -> app/src/lonely.ts',
    ],
  ],
  [
    'keeps what decides and what reports from reaching the world',
    {
      [`${experiment}/index.ts`]: ['assess/a', 'report/b', 'result/c']
        .map((file) => importing(`./${file}.js`))
        .join(''),
      [`${experiment}/assess/a.ts`]: importing('node:fs'),
      [`${experiment}/report/b.ts`]: `${importing('../load/run.js')} export type { Spec } from '../spec/spec.js';`,
      [`${experiment}/result/c.ts`]: `${importing('zod')} ${importing('../assess/pure.js')}`,
      [`${experiment}/assess/pure.ts`]: 'export const a = 1;',
      [`${experiment}/load/run.ts`]: importing('node:http'),
      [`${experiment}/spec/spec.ts`]: 'export interface Spec { a: number }',
    },
    [
      `what decides is pure: ${experiment}/assess/a.ts -> fs`,
      expect.stringMatching(new RegExp(`^what decides is pure: ${experiment}/result/c.ts -> .*zod`)),
      `what decides reaches nothing: ${experiment}/report/b.ts -> ${experiment}/load/run.ts`,
    ],
  ],
];

const scratch = temporaryFolder();
let found: string[][];

beforeAll(() => {
  const folders = trees.map(([, files], index) => makeTree(join(scratch, String(index)), files));
  const program = join(__dirname, 'cruise-trees.mjs');
  const { stdout, stderr } = spawnSync(process.execPath, [program, ...folders], { encoding: 'utf8' });
  if (stdout === '') throw new Error(stderr);
  found = JSON.parse(stdout) as string[][];
});

/** A folder with the workspaces of this repository, empty but for the given files. */
function makeTree(folder: string, files: Files): string {
  mkdirSync(join(folder, 'node_modules/@redmeter'), { recursive: true });
  for (const file of ['dependency-cruiser.config.mjs', 'tsconfig.test.json', 'tsconfig.base.json']) {
    copyFileSync(join(root, file), join(folder, file));
  }
  for (const workspace of [...packages, 'exporter', 'app']) {
    const name = workspace.replace('packages/', '');
    const exports = { '.': { 'redmeter-source': './src/index.ts' } };
    write(folder, `${workspace}/package.json`, JSON.stringify({ name: `@redmeter/${name}`, type: 'module', exports }));
    write(folder, `${workspace}/src/index.ts`, '');
    symlinkSync(join('../..', workspace), join(folder, 'node_modules/@redmeter', name));
  }
  symlinkSync(join(root, 'node_modules/zod'), join(folder, 'node_modules/zod'));
  for (const [file, code] of Object.entries(files)) write(folder, file, code);
  return folder;
}

function write(folder: string, file: string, code: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), code);
}

it.each(trees.map(([name, , violations], index) => ({ name, violations, index })))('$name', ({ violations, index }) => {
  expect(found[index]).toEqual(violations);
});

it('keeps the clock and the process from what decides and what reports', () => {
  // ESLint's configuration is an ES module, so a process of its own applies it to each line.
  const lint = `
    import { ESLint } from 'eslint';
    const cases = JSON.parse(process.argv[1]);
    const eslint = new ESLint({ overrideConfig: [{ files: ['**/*.ts'], languageOptions: { parserOptions: { project: false } } }],
      ruleFilter: ({ ruleId }) => ['no-restricted-globals', 'no-restricted-syntax'].includes(ruleId) });
    const found = [];
    for (const code of cases) found.push((await eslint.lintText(code, { filePath: 'packages/experiment/src/assess/assess.ts' }))[0].messages.map(({ message }) => message).join());
    console.log(JSON.stringify(found));`;
  const uses = ['Date.now();', 'new Date();', 'performance.now();', 'fetch("http://a");', 'process.env.A;'];
  const cases = [...uses, 'new Date("2026-01-01").toISOString();'];
  const args = ['--input-type=module', '-e', lint, JSON.stringify(cases)];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (stdout === '') throw new Error(stderr);
  expect(JSON.parse(stdout)).toEqual([...uses.map(() => expect.stringContaining('is pure')), '']);
});
