import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { startHttpServer, type HttpTestServer } from '../servers/http-test-server.js';
import { makeCommandFolder, type CommandFolder } from './command-run.js';

let folder: CommandFolder;
let server: HttpTestServer;

beforeEach(async () => {
  folder = makeCommandFolder();
  server = await startHttpServer((_request, response) => response.end('ok'));
});

afterEach(async () => {
  await server.close();
});

const spec = (requests: string, assess: string): string => `- task: http
  with: {url: "${server.url}", qps: 0, ${requests}}
- task: assess
  with: {${assess}}
`;

const rate = (limit: number): string => `SLOs: {upper: [{metric: http/error-rate, limit: ${limit}, confidence: 0.95}]}`;

it('shows what an experiment can decide, before it runs', async () => {
  await folder.write('experiment.yaml', spec('numRequests: 2000', rate(0.01)));
  const { code, out } = await folder.run('plan', '--power', '0.8');
  expect(code).toBe(0);
  expect(out).toBe(
    'http/error-rate <= 0.01 (95 % sure) by 2,000 requests of each version: satisfied up to a true share of 0.45 %, violated from 1.70 % on (power 80 %)\n',
  );
  const { verdicts } = JSON.parse((await folder.run('plan', '--json')).out) as { verdicts: unknown[] };
  expect(verdicts).toMatchObject([
    { observations: 2000, canDecide: true, leastObservations: 368, isForEveryLook: false },
  ]);
});

it.each([
  ['numRequests: 300', rate(0.01), 'with 300 requests: at least 368 are needed'],
  [
    'numRequests: 50',
    'SLOs: {upper: [{metric: http/latency-p95, limit: 9, confidence: 0.95}]}',
    'at least 72 are needed',
  ],
  ['numRequests: 50', rate(0), 'no number of requests proves that none will fail'],
])('a run of %s says in a line that it cannot decide: %s', async (requests, assess, reason) => {
  await folder.write('experiment.yaml', spec(requests, assess));
  const { code, err } = await folder.run('run');
  expect(code).toBe(0);
  const [first = '', second = ''] = err.split('\n');
  expect(first).toMatch(/^redmeter: this run cannot decide that http\//);
  expect(first).toContain(reason);
  expect(second).toContain('task 1/2');
});

it('a run that can decide has no warning, and loops count together', async () => {
  await folder.write('experiment.yaml', spec('numRequests: 300', rate(0.01)));
  expect((await folder.run('run', '--loops', '3')).err).not.toContain('cannot decide');
});

it('takes the variation from an earlier run, and shows how many observations an effect needs', async () => {
  const reward = 'rewards: {min: [http/latency-mean]}';
  await folder.write(
    'experiment.yaml',
    `- task: http\n  with: {qps: 0, numRequests: 200, versionInfo: [{url: "${server.url}"}, {url: "${server.url}"}]}\n- task: assess\n  with: {${reward}}\n`,
  );
  expect((await folder.run('plan')).out).toContain('the variance of the values is known only after a first run');
  await folder.run('run');
  expect((await folder.run('plan', '--effect', '5%')).out).toMatch(
    /^min http\/latency-mean by 200 requests of each version: finds a difference of [\d.]+, the requested effect needs [\d,]+ of each version \(power 90 %\)\n$/,
  );
});

it.each([
  [['--power', '1.2'], 'expected --power to be a number between 0.5 and 1, got "1.2"'],
  [['--effect', 'much'], 'expected --effect to be a share such as 5% or an amount above 0, got "much"'],
])('refuses %j', async (flags, message) => {
  await folder.write('experiment.yaml', spec('numRequests: 10', rate(0.01)));
  expect(await folder.run('plan', ...flags)).toEqual({ code: 2, out: '', err: `redmeter: ${message}\n` });
});
