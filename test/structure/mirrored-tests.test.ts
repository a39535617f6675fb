import { expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = join(__dirname, '../..');

/** Tests, or folders of them, that mirror no source file, each with its reason. */
const EXPLAINED = new Map([
  ['packages/conformance/test/', 'runs writers in several languages, and broken ones, against all cases'],
  ['packages/experiment/test/assess/simulation/', 'simulates thousands of experiments, through all of assess/'],
  ['packages/metric-format/test/hostile-input.test.ts', 'measures the growth of time with the length of any input'],
  ['packages/metric-format/test/wire-format-document.test.ts', 'compares docs/wire-format.md with the code'],
  ['packages/redis-metrics/test/chaos/', 'tests a long run of faults; `npm run chaos` uses it too'],
  ['packages/redis-metrics/test/lua/', 'tests merge.lua, which is joined from the parts in lua/merge'],
  ['packages/release/test/samples/', 'runs the samples of the hub'],
  ['packages/service/test/python/', 'tests the service with clients in Python'],
]);

const testFiles = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.test.ts'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter(
    (file) => /^(app|exporter|packages\/[^/]+|scripts\/stack)\/test\//.test(file) && existsSync(join(root, file)),
  );

const isExplained = (file: string): boolean => [...EXPLAINED.keys()].some((start) => file.startsWith(start));

/**
 * Whether a test mirrors the path of its source: `a/b.test.ts` or `a/b/<behaviour>.test.ts` for `a/b.ts`, `a/<behaviour>.test.ts`
 * for several files of `a/`, or beside a helper of its name.
 */
function isMirrored(file: string): boolean {
  const [, workspace = '', path = ''] = /^(.*?)\/test\/(.*?)(?:\.\w+)?\.test\.ts$/.exec(file) ?? [];
  const has = (source: string): boolean => existsSync(join(root, workspace, source));
  const folder = dirname(path);
  return (
    has(`src/${path}.ts`) ||
    has(`src/${folder}.ts`) ||
    (folder !== '.' && has(`src/${folder}`)) ||
    has(path.replace(/^page\//, 'page/src/') + '.ts') ||
    has(`test/${path}.ts`)
  );
}

it('tests lie where their source does', () => {
  const strays = testFiles.filter((file) => !isMirrored(file) && !isExplained(file));
  expect(strays).toEqual([]);
  expect(testFiles.length).toBeGreaterThan(200);
});

it('every explained exception is still one', () => {
  const needed = [...EXPLAINED.keys()].filter((start) =>
    testFiles.some((file) => file.startsWith(start) && !isMirrored(file)),
  );
  expect(needed).toEqual([...EXPLAINED.keys()]);
});
