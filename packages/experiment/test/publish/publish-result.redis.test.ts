import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { readMetricsFromRedis } from '@redmeter/metric-reader';
import { makeCommandFolder, type CommandFolder } from '../cli/command-run.js';
import { startHttpServer, type HttpTestServer } from '../servers/http-test-server.js';

const server = useRedisServer({ flushBeforeEach: true });
let target: HttpTestServer;
let folder: CommandFolder;
let publishUrl: string;
let status = 200;

beforeAll(async () => {
  // The rights of a writer as the library's document gives them are checked there.
  await server.client.acl('SETUSER', 'writer', 'on', '>pa55word', '~metrics:*', '~metrics-meta:*', '+@all');
  publishUrl = server.url.replace('//', '//writer:pa55word@');
  target = await startHttpServer((_request, response) => {
    response.statusCode = status;
    response.end();
  });
  folder = makeCommandFolder({ REDMETER_PUBLISH_REDIS: publishUrl });
  await folder.write(
    'experiment.yaml',
    `- task: http
  with: {url: "${target.url}", qps: 0, numRequests: 20}
- task: assess
  with: {SLOs: [{metric: built-in/error-rate, upperLimit: 0}]}
`,
  );
});
afterAll(async () => {
  await target.close();
});
beforeEach(() => {
  status = 200;
});

/** The series in Redis, as Prometheus would have them, by name and labels. */
async function published(): Promise<Record<string, number | string>> {
  const { families } = await readMetricsFromRedis((command, args) => server.client.callBuffer(command, ...args));
  return Object.fromEntries(
    families
      .flatMap(({ samples }) => samples)
      .map(({ name, labels, value }) => [`${name} ${labels.labels.map((pair) => pair.join('=')).join(',')}`, value]),
  );
}

it('writes what was measured and decided, and counts runs of the same name together', async () => {
  expect(await folder.run('run', '--publish-name', 'check out')).toMatchObject({ code: 0 });
  status = 500;
  const second = await folder.run('run', '--publish-name', 'check out');
  expect(second.code).toBe(0);
  expect(second.err + second.out).not.toContain('pa55word');
  const series = await published();
  expect(series).toMatchObject({
    'redmeter_experiment_runs_total experiment=check out,outcome=satisfied': 1,
    'redmeter_experiment_runs_total experiment=check out,outcome=violated': 1,
    'redmeter_experiment_runs_total experiment=check out,outcome=failed': 0,
    'redmeter_experiment_verdict experiment=check out,version=version 0': -1,
    'redmeter_experiment_slo_verdict experiment=check out,slo=built-in/error-rate <= 0,version=version 0': -1,
    'redmeter_experiment_slo_value experiment=check out,slo=built-in/error-rate <= 0,version=version 0': 1,
    'redmeter_experiment_slo_limit experiment=check out,slo=built-in/error-rate <= 0': 0,
    'redmeter_experiment_metric experiment=check out,metric=built-in/request-count,version=version 0': 20,
  });
  const ended = Number(series['redmeter_experiment_last_run_timestamp_seconds experiment=check out']);
  expect(Math.abs(ended - Date.now() / 1000)).toBeLessThan(300);
  // What the library reports about itself would stay, as a writer that is silent.
  expect(Object.keys(series).filter((name) => name.startsWith('redmeter_writer'))).toEqual([]);
  const counter = 'metrics:counter:redmeter_experiment_runs_total:experiment=check out,outcome=satisfied';
  // A run a day adds to the one before.
  expect(await server.client.ttl(counter)).toBeGreaterThan(24 * 3600);
});

it('counts a run that failed, which ends with 3 as without publishing', async () => {
  const failing = makeCommandFolder({ REDMETER_PUBLISH_REDIS: publishUrl });
  await failing.write('experiment.yaml', '- run: "false"\n- run: "true"\n');
  expect((await failing.run('run', '--publish-name', 'failing')).code).toBe(3);
  const series = await published();
  expect(series).toMatchObject({
    'redmeter_experiment_runs_total experiment=failing,outcome=failed': 1,
    'redmeter_experiment_runs_total experiment=failing,outcome=satisfied': 0,
  });
  // Nothing was judged: a verdict would be made up.
  expect(Object.keys(series).filter((name) => name.includes('verdict'))).toEqual([]);
});

it('takes the name of the folder, and no address where none is given', async () => {
  expect((await folder.run('run')).code).toBe(0);
  const experiment = folder.path.split('/').at(-1) ?? '';
  expect(await published()).toHaveProperty(
    [`redmeter_experiment_verdict experiment=${experiment},version=version 0`],
    1,
  );
  await server.client.flushall();
  const quiet = makeCommandFolder();
  await quiet.write('experiment.yaml', '- run: "true"\n');
  expect((await quiet.run('run')).code).toBe(0);
  expect(await server.client.dbsize()).toBe(0);
});

it.each([
  ['nothing listens', (url: string) => url.replace(/:\d+$/, ':1'), 'ECONNREFUSED'],
  ['the password is wrong', (url: string) => url.replace('pa55word', 'pa55word2'), 'WRONGPASS'],
])('reports when %s, and ends as the experiment did', async (_, change, reason) => {
  const { code, err } = await folder.run('run', '--publish-redis', change(publishUrl));
  expect([code, err]).toEqual([0, expect.stringContaining('redmeter: expected to publish the result to Redis, got ')]);
  expect(err).toContain(reason);
  expect(err).not.toContain('pa55word');
  expect((await folder.run('assert', '-c', 'slos')).code).toBe(0);
});

it('reports which value has another type in Redis, and writes the others', async () => {
  await server.client.hset('metrics:gauge:redmeter_experiment_duration_seconds:experiment=odd', 'a', 'b');
  const { code, err } = await folder.run('run', '--publish-name', 'odd');
  expect([code, err]).toEqual([0, expect.stringMatching(/got 1 values not written: .*redmeter_experiment_duration/)]);
  expect(await published()).toHaveProperty(['redmeter_experiment_verdict experiment=odd,version=version 0'], 1);
});

it.each([['localhost:6379'], ['http://u:pa55word@localhost'], ['redis://']])(
  'refuses the address %s before the run, without showing it',
  async (address) => {
    const { code, err } = await folder.run('run', '--publish-redis', address);
    expect([code, err]).toEqual([
      2,
      expect.stringMatching(/^redmeter: expected --publish-redis, or .* to be redis:\/\//),
    ]);
    expect(err).not.toContain('pa55word');
    expect(err).not.toContain('task 1');
  },
);
