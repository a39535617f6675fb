import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { RedisMetricsService, type RedisMetricsOptions } from '@redmeter/redis-metrics';
import type { IncomingMessage } from 'node:http';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Insights } from '../../../src/result/experiment-result.js';
import { parseResult } from '../../../src/spec/result-text.js';
import { makeCommandFolder, type CommandFolder, type CommandRun } from '../../cli/command-run.js';
import { startHttpServer, type HttpTestServer } from '../../servers/http-test-server.js';

const server = useRedisServer();
let target: HttpTestServer;
let folder: CommandFolder;
let prefix = '';
let services: RedisMetricsService[] = [];
/** What happens at the address /event. */
let event: () => Promise<unknown>;
let tests = 0;

const ignore = (): void => undefined;
const BUCKETS = [5, 10, 25];

beforeAll(async () => {
  target = await startHttpServer(
    (request, response) => void answer(request).then((code) => response.writeHead(code).end()),
  );
});
afterAll(async () => {
  await target.close();
});
beforeEach(() => {
  folder = makeCommandFolder();
  // Each test has series of its own.
  tests += 1;
  prefix = `shop${tests}`;
});
afterEach(async () => {
  await Promise.all(services.map((service) => service.close()));
  services = [];
});

/** An application that writes every 200 ms. */
function startShop(options: Partial<RedisMetricsOptions> = {}): RedisMetricsService {
  const shop = new RedisMetricsService({
    redis: server.url,
    prefix,
    flushIntervalMs: 200,
    defaultBuckets: BUCKETS,
    logger: { info: ignore, warn: ignore, error: ignore },
    ...options,
  });
  services.push(shop);
  return shop;
}

function record(shop: RedisMetricsService, isError: boolean, tookMs = 7): void {
  shop.recordHistogram('api_request_duration_ms', tookMs, { endpoint: 'join', method: 'GET' });
  if (isError) shop.incrementCounter('api_errors', 1, { endpoint: 'join' });
}

async function answer({ url = '' }: IncomingMessage): Promise<number> {
  if (url === '/event') {
    await event();
    return 200;
  }
  const [shop] = services;
  const isError = url === '/fail';
  if (shop !== undefined) record(shop, isError, isError ? 20 : 7);
  return isError ? 500 : 200;
}

const load = (path: string, count: number, more = ''): string =>
  `- task: http\n  with: {url: "${target.url}${path}", qps: 0, connections: 1, numRequests: ${count}${more}}\n`;

const collect = (more = ''): string =>
  `- task: collect-metrics
  with: {templates: {redis: redis}, values: {redis: "${server.url}?prefix=${prefix}"}, settle: 200ms${more}}
`;

async function run(spec: string, ...flags: string[]): Promise<CommandRun> {
  await folder.write('experiment.yaml', spec);
  const done = await folder.run('run', ...flags);
  if (done.code !== 0) throw new Error(`expected the run to end with 0, got ${done.code}: ${done.err}`);
  return done;
}

async function insightsOf(): Promise<Insights> {
  const { insights } = parseResult(await readFile(join(folder.path, 'result.yaml'), 'utf8'), 'result.yaml');
  if (insights === undefined) throw new Error('expected insights');
  return insights;
}

const skips = ({ skippedMetrics }: Insights): Record<string, string> =>
  Object.fromEntries(skippedMetrics.map(({ metric, reason }) => [metric, reason]));

const keyOf = (rest: string): string => `${prefix}:${rest}`;
const LATENCY = 'histogram:api_request_duration_ms:endpoint=join,method=GET';

describe('a run judged by what the application recorded during it', () => {
  it.each([
    ['one Redis', {}],
    ['two shards', { shards: 2 }],
  ])('does not count what was before, even if it is not yet written, in %s', async (_, options) => {
    const shop = startShop(options);
    for (let index = 0; index < 5; index += 1) record(shop, true);
    await shop.flush();
    // Not in Redis yet as the run begins.
    record(shop, true);
    await run(`${load('/ok', 18)}${load('/fail', 2)}${collect()}`);
    const { metricValues, metricSamples, skippedMetrics } = await insightsOf();
    expect(metricValues[0]).toMatchObject({
      'redis/request-count': 20,
      'redis/error-count': 2,
      'redis/error-rate': 0.1,
      'redis/latency/count': 20,
      'redis/latency/mean': (18 * 7 + 2 * 20) / 20,
    });
    expect(metricSamples?.[0]?.['redis/latency']).toMatchObject({ bounds: BUCKETS, counts: [0, 18, 2, 0] });
    expect(skippedMetrics.map(({ metric }) => metric)).toEqual(['redis/users-waiting']);

    await run(collect(', over: total'));
    expect((await insightsOf()).metricValues[0]).toMatchObject({ 'redis/request-count': 26, 'redis/error-count': 8 });
  });

  it('counts nothing where nothing happened, and judges by intervals', async () => {
    const shop = startShop();
    record(shop, true);
    shop.setGauge('users_waiting', 3, { service: 'store' });
    await shop.flush();
    await run(`${load('/ok', 100)}${collect()}- task: assess
  with: {SLOs: {upper: [{metric: redis/error-rate, limit: 0.05, confidence: 0.95}, {metric: redis/error-count, limit: 0}]}}
`);
    const { metricValues, verdicts } = await insightsOf();
    expect(metricValues[0]).toMatchObject({ 'redis/error-count': 0, 'redis/error-rate': 0, 'redis/users-waiting': 3 });
    expect(verdicts.map(([verdict]) => verdict?.state)).toEqual(['satisfied', 'satisfied']);
    expect(verdicts[0]?.[0]?.interval?.high).toBeGreaterThan(0);
  });

  it('gives each version its own part, without warm-ups', async () => {
    startShop();
    await run(`- task: http
  with: {qps: 0, connections: 1, numRequests: 10, warmupNumRequests: 4, versionInfo: [{url: "${target.url}/ok"}, {url: "${target.url}/fail"}]}
- run: curl -s ${target.url}/fail
${collect(', versionValues: [{}, {}]')}`);
    const { metricValues } = await insightsOf();
    expect(metricValues.map((values) => [values['redis/request-count'], values['redis/error-count']])).toEqual([
      [10, 0],
      [10, 10],
    ]);
  });

  it('counts what scripts cause, and leaves a warm-up out', async () => {
    startShop();
    await run(`- run: curl -s ${target.url}/fail
${load('/ok', 3, ', warmupNumRequests: 5')}- run: curl -s ${target.url}/fail
${collect()}`);
    expect((await insightsOf()).metricValues[0]).toMatchObject({ 'redis/request-count': 5, 'redis/error-count': 2 });
  });

  it('adds loops up, without what happens between them', async () => {
    const shop = startShop();
    const spec = `${load('/ok', 10)}${load('/fail', 1)}${collect()}`;
    await run(spec, '--loops', '2');
    for (let index = 0; index < 9; index += 1) record(shop, true, 100);
    await shop.flush();
    await run(spec, '--reuse-result');
    const { metricValues, metricSamples } = await insightsOf();
    expect(metricValues[0]).toMatchObject({
      'redis/request-count': 33,
      'redis/error-count': 3,
      'redis/latency/count': 33,
    });
    expect(metricSamples?.[0]).toMatchObject({
      'redis/error-rate': { successes: 3, trials: 33 },
      'redis/latency': { counts: [0, 30, 3, 0], sum: 30 * 7 + 3 * 20 },
    });
  });

  it('reports that nothing ran that could be counted', async () => {
    const shop = startShop();
    record(shop, true);
    shop.setGauge('users_waiting', 2, {});
    await shop.flush();
    await run(collect());
    const insights = await insightsOf();
    expect(insights.metricValues[0]).toEqual({ 'redis/users-waiting': 2 });
    expect(skips(insights)['redis/error-count']).toMatch(/no load or script has run.*"over: total"/);
  });
});

describe('data that are missing', () => {
  const spec = (): string =>
    `${load('/ok', 5)}${load('/event', 1)}${load('/ok', 5)}${collect()}- task: assess
  with: {SLOs: {upper: [{metric: redis/latency/p95, limit: 1000}], lower: [{metric: redis/request-count, limit: 1}]}}
`;

  it.each([
    ['was reset', async () => server.client.del(keyOf(LATENCY)), 'was reset: what it counted before is lost'],
    [
      'fell',
      async () =>
        server.client.set(
          keyOf(LATENCY),
          ((await server.client.get(keyOf(LATENCY))) ?? '')
            .replace(/"count":\d+/, '"count":0')
            .replace(/"counts":\[[\d,]+\]/, '"counts":[0,0,0,0]')
            .replace(/"window":\[.*\],/, ''),
        ),
      'decreased, so it was reset',
    ],
  ])('of a series that %s leave it undecided, and all else as it is', async (_, change, reason) => {
    const shop = startShop();
    // More than the run will add, so that what is left of it after a fall is less than at the beginning.
    for (let index = 0; index < 50; index += 1) record(shop, true);
    await shop.flush();
    event = async () => {
      await shop.flush();
      await change();
    };
    await run(spec());
    const insights = await insightsOf();
    const missing = `data of this run are missing: api_request_duration_ms{endpoint="join",method="GET"} ${reason}`;
    expect(skips(insights)).toMatchObject({
      'redis/request-count': missing,
      'redis/latency': missing,
      'redis/p95': missing,
    });
    expect(insights.metricValues[0]).toEqual({ 'redis/error-count': 0 });
    expect(insights.verdicts.map(([verdict]) => verdict?.state)).toEqual(['inconclusive', 'inconclusive']);
    expect((await folder.run('report')).out).toContain(`redis/request-count was skipped: ${missing}`);
    expect((await folder.run('assert', '-c', 'slos')).code).toBe(1);

    // What one loop lacks, all of them lack.
    event = () => Promise.resolve();
    await run(spec(), '--reuse-result');
    expect(skips(await insightsOf())['redis/request-count']).toBe(`an earlier loop has no value: ${missing}`);
  });

  it('of a series that vanished', async () => {
    const shop = startShop();
    shop.incrementCounter('api_errors', 4, { endpoint: 'old' });
    await shop.flush();
    event = async () => {
      await shop.close();
      await server.client.del(keyOf('counter:api_errors:endpoint=old'));
      services = [];
      startShop();
    };
    await run(spec());
    const insights = await insightsOf();
    expect(skips(insights)['redis/error-count']).toMatch(
      /api_errors\{endpoint="old"\} vanished: it expired, was evicted or was deleted/,
    );
    expect(insights.metricValues[0]).toMatchObject({ 'redis/request-count': 10 });
  });

  it('of a histogram whose buckets changed concern its percentiles alone', async () => {
    const shop = startShop();
    record(shop, false);
    await shop.flush();
    event = async () => {
      const other = startShop({ defaultBuckets: [5, 10, 20, 50], writerId: 'new' });
      record(other, false);
      await other.flush();
    };
    await run(spec());
    const insights = await insightsOf();
    expect(skips(insights)['redis/latency']).toMatch(/changed its buckets in the meantime/);
    expect(insights.metricValues[0]).toMatchObject({ 'redis/request-count': 11, 'redis/error-count': 0 });
    expect(insights.verdicts.map(([verdict]) => verdict?.state)).toEqual(['inconclusive', 'satisfied']);
  });

  it('all at once, where Redis lost them', async () => {
    const shop = startShop();
    shop.setGauge('users_waiting', 2, {});
    record(shop, true);
    await shop.flush();
    event = async () => {
      await shop.flush();
      await server.client.flushall();
    };
    await run(spec());
    const reasons = skips(await insightsOf());
    expect(reasons['redis/request-count']).toMatch(/its data set has another id/);
    expect(reasons['redis/error-count']).toMatch(/its data set has another id/);
  });

  it('where Redis evicts keys', async () => {
    const shop = startShop();
    await shop.flush();
    event = async () => {
      await server.client.set('cache', 'x', 'EX', 1000);
      await server.client.config('SET', 'maxmemory-policy', 'volatile-ttl');
      await server.client.config('SET', 'maxmemory', '1');
      await server.client.set('other', 'x').catch(() => undefined);
      await server.client.config('SET', 'maxmemory', '0');
      await server.client.config('SET', 'maxmemory-policy', 'noeviction');
    };
    await run(spec());
    expect(skips(await insightsOf())['redis/error-count']).toMatch(/Redis evicted \d+ keys? in the meantime/);
  });

  it('where Redis cannot be read as the run begins', async () => {
    await run(`${load('/ok', 1)}- task: collect-metrics
  with: {templates: {redis: redis}, values: {redis: "redis://127.0.0.1:1"}, settle: 1ms}
`);
    expect(skips(await insightsOf())['redis/error-count']).toMatch(
      /expected metrics from Redis at 127\.0\.0\.1:1, got/,
    );
  });
});
