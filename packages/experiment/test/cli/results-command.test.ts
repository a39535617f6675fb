import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { plantResult } from '../builders/planted-result.js';
import { startHttpServer, type HttpTestServer } from '../servers/http-test-server.js';
import { makeCommandFolder, type CommandFolder } from './command-run.js';

let folder: CommandFolder;
let server: HttpTestServer;
let storeHome: CommandFolder;
let status = 200;

beforeEach(async () => {
  status = 200;
  storeHome = makeCommandFolder();
  folder = makeCommandFolder({ METRICS_EMBEDDED_FOLDER: join(storeHome.path, 'store') });
  server = await startHttpServer((_request, response) => {
    response.statusCode = status;
    response.end();
  });
  await folder.write(
    'experiment.yaml',
    `- task: http
  with: {url: "${server.url}", qps: 0, numRequests: 20}
- task: assess
  with: {SLOs: [{metric: built-in/error-rate, upperLimit: 0}]}
`,
  );
});
afterEach(async () => {
  await server.close();
});

it('keeps results by name, lists, shows, compares and removes them', async () => {
  expect((await folder.run('run', '--save', 'v1')).code).toBe(0);
  status = 500;
  expect((await folder.run('run', '--save', 'v2')).code).toBe(0);
  expect((await folder.run('results', 'list')).out.split('\n')).toEqual([
    expect.stringMatching(/^v1\t\d{4}-.*\tAll SLOs are satisfied/),
    expect.stringMatching(/^v2\t\d{4}-.*\tNot all SLOs are satisfied/),
    '',
  ]);
  expect((await folder.run('results', 'show', 'v1')).out).toMatch(/built-in\/error-rate <= 0\|true/);
  const { out } = await folder.run('results', 'diff', 'v1', 'v2');
  expect(out).toMatch(/built-in\/error-rate <= 0, version 0\|true *\|false *\|changed\n/);
  expect(out).toMatch(/built-in\/error-count, version 0\|0 *\|20 *\|\+20\n/);
  const markdown = (await folder.run('results', 'diff', 'v1', 'v2', '-o', 'markdown')).out;
  expect(markdown).toMatch(/^\| SLOs \| v1 \| v2 \| change \|\n\|---\|---\|---\|---\|\n/);
  expect(markdown).toContain('| built-in/error-rate &lt;= 0, version 0 | true | false | changed |');
  expect(markdown).toMatch(
    /<details><summary>Metrics, v1 and v2<\/summary>[^]*\| 0 \| 20 \| \+20 \|[^]*<\/details>\n$/,
  );
  expect((await folder.run('results', 'rm', 'v1')).out).toBe('removed v1\n');
  const gone = await folder.run('results', 'show', 'v1');
  expect([gone.code, gone.err]).toEqual([2, expect.stringContaining('one of v2, got "v1"; did you mean v2?')]);
});

it('prints JSON for machines', async () => {
  const json = async (...argv: string[]): Promise<unknown> =>
    JSON.parse((await folder.run('results', ...argv, '--json')).out) as unknown;
  const saved = JSON.parse((await folder.run('run', '--save', 'v1', '--json')).out) as unknown;
  const savedTime = expect.any(String) as unknown;
  expect(await json('list')).toEqual([
    { name: 'v1', savedTime, summary: expect.objectContaining({ completed: true, slosSatisfied: true }) as unknown },
  ]);
  expect(await json('show', 'v1')).toEqual(saved);
  const stored = { name: 'v1', savedTime, result: saved };
  expect(await json('diff', 'v1', 'v1')).toEqual({ first: stored, second: stored });
  expect(await json('rm', 'v1')).toEqual({ removed: 'v1' });
});

it('lists what it cannot read, and removes it', async () => {
  await folder.run('run', '--save', 'v1');
  await plantResult(join(storeHome.path, 'store'), 'v0', '{"name":"v0"}');
  expect((await folder.run('results', 'list')).out.split('\n')).toEqual([
    expect.stringMatching(/^v0\t-\tcannot be read: savedTime: /),
    expect.stringMatching(/^v1\t\d{4}-.*\tAll SLOs are satisfied/),
    '',
  ]);
  expect(JSON.parse((await folder.run('results', 'list', '--json')).out)).toMatchObject([
    { name: 'v0', problem: expect.stringMatching(/^savedTime: /) as unknown },
    { name: 'v1' },
  ]);
  expect(await folder.run('results', 'show', 'v0')).toMatchObject({
    code: 3,
    err: expect.stringContaining('expected the result "v0" in the format of this version of redmeter') as unknown,
  });
  expect((await folder.run('results', 'rm', 'v0')).out).toBe('removed v0\n');
  expect((await folder.run('results', 'rm', 'v0')).code).toBe(2);
});

it('refuses a store that is none, before the run', async () => {
  const { code, err } = await folder.run('run', '--save', 'v1', '--metrics-implementation', 'badger');
  expect([code, err]).toEqual([2, expect.stringContaining('Allowed choices are embedded, redis')]);
  const unreachable = await folder.run(
    'run',
    '--save',
    'v1',
    '--metrics-implementation',
    'redis',
    '--metrics-redis-address',
    '127.0.0.1:1',
  );
  expect([unreachable.code, unreachable.err]).toEqual([
    3,
    expect.stringContaining('expected to use the store in Redis at 127.0.0.1:1'),
  ]);
  expect(unreachable.err).not.toContain('task 1');
});
