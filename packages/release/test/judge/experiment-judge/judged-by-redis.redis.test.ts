import { temporaryFolder } from '@redmeter/test-servers/jest';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { freePort, startRedisServer, waitFor, type RedisServer } from '@redmeter/test-servers';
import { openMetricsStore } from '@redmeter/experiment';
import { RedisMetricsService } from '@redmeter/redis-metrics';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { release, startRelease, type CommandProcess } from '../../cli/release-process.js';
import { startVersion, type VersionServer } from '../../gateway/version-server.js';

const INTERVAL_MS = 500;
const MANY = 5000;
const ignore = (): void => undefined;

let folder: string;
let redis: RedisServer;
let redisPort: number;
let versions: VersionServer[];
let shops: RedisMetricsService[];
let variables: Record<string, string>;
beforeEach(async () => {
  folder = temporaryFolder();
  redis = await startRedisServer();
  await allowReader();
  redisPort = redis.port;
  versions = await Promise.all(['v1', 'v2'].map(startVersion));
  shops = [];
});
afterEach(async () => {
  await release(folder, variables, 'stop', 'shop');
  await Promise.all(shops.map((shop) => shop.close()));
  for (const version of versions) await version.stop();
  await redis.stop();
});

/** Lets the judge in. */
async function allowReader(): Promise<void> {
  await (await redis.connect()).acl('SETUSER', 'redmeter-reader', 'on', '>pa55word', '~*', '+@all');
}

/** The candidate as it records, every 200 ms. */
function startShop(): RedisMetricsService {
  const shop = new RedisMetricsService({
    redis: redis.url,
    flushIntervalMs: 200,
    defaultLabels: { version: 'v2' },
    defaultBuckets: [5, 10, 25],
    logger: { info: ignore, warn: ignore, error: ignore },
  });
  shops.push(shop);
  return shop;
}

function record(shop: RedisMetricsService, count: number, isError = false): void {
  for (let index = 0; index < count; index += 1) {
    shop.recordHistogram('api_request_duration_ms', 7, { endpoint: 'join' });
    if (isError) shop.incrementCounter('api_errors', 1, { endpoint: 'join' });
  }
}

/** A release whose steps are satisfied by many requests without an error, not by few, and violated by one error. */
async function writeRelease(settle: string, implementation = 'embedded'): Promise<void> {
  variables = {
    METRICS_IMPLEMENTATION: implementation,
    METRICS_REDIS_ADDRESS: redis.url,
    METRICS_EMBEDDED_FOLDER: join(folder, 'store'),
  };
  await writeFile(
    join(folder, 'release.yaml'),
    `application: shop
gateway: { nginx: { listen: 127.0.0.1:${await freePort()}, folder: gate } }
versions:
  - { name: v1, url: '${versions[0]?.url ?? ''}' }
  - { name: v2, url: '${versions[1]?.url ?? ''}' }
rollout:
  candidate: v2
  steps: [50, 100]
  interval: ${INTERVAL_MS}ms
  judge:
    - task: collect-metrics
      with:
        templates: { store: redis }
        values: { redis: 'redis://redmeter-reader:pa55word@127.0.0.1:${redisPort}', version: v2 }
        settle: ${settle}
    - task: assess
      with:
        SLOs:
          upper: [{ metric: store/error-count, limit: 0 }, { metric: store/error-rate, limit: 0.01, confidence: 0.9 }]
`,
  );
}

async function withStore<T>(use: (store: Awaited<ReturnType<typeof openMetricsStore>>) => Promise<T>): Promise<T> {
  const store = await openMetricsStore({}, variables);
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

/** The mark of a step once it is there, another one than that of the step before. */
function marked(before?: string): Promise<string> {
  return withStore((store) =>
    waitFor(async () => {
      const mark = await store.readMark('shop', 'release/shop/redis');
      return mark === before ? undefined : mark;
    }),
  );
}

async function printed(run: CommandProcess, event: RegExp, times = 1): Promise<void> {
  await waitFor(() => run.lines().filter((line) => event.test(line)).length >= times, String(event));
}

/** Waits until a look has counted so many requests. */
function counted(requests: number): Promise<true> {
  return withStore((store) =>
    waitFor(async () => {
      const stored = await store.get('release/shop');
      return stored?.result.insights?.metricValues[0]?.['store/request-count'] === requests;
    }, `${requests} requests`),
  );
}

it('counts all that the candidate recorded since the step began, whoever looked, and nothing before', async () => {
  await writeRelease('200ms');
  const shop = startShop();
  // Enough to fail the candidate, and enough to pass it by their number.
  record(shop, 100, true);
  await shop.flush();
  const first = startRelease(folder, variables, 'run');
  const markOfFirstStep = await marked();
  record(shop, 20);
  await counted(20);
  // Between two looks: this one has ended, and nobody has read again.
  record(shop, 20);
  await printed(first, /"event":"inconclusive","weight":50/);
  first.kill('SIGKILL');
  await first.ended;
  // Nobody looks.
  record(shop, 20);
  await shop.flush();
  const second = startRelease(folder, variables, 'run');
  await counted(60);
  expect(await marked()).toBe(markOfFirstStep);
  expect(markOfFirstStep).not.toContain('pa55word');
  record(shop, MANY);
  await printed(second, /"event":"satisfied","weight":50/);
  // What was recorded in the step before says nothing of this one.
  await marked(markOfFirstStep);
  await printed(second, /"event":"(missing|inconclusive)","weight":100/);
  record(shop, MANY);
  const { code, out } = await second.ended;
  expect([code, out]).toEqual([0, expect.stringContaining('"promoted"')]);
  const insights = (await withStore((store) => store.get('release/shop')))?.result.insights;
  expect(insights?.metricValues[0]).toMatchObject({
    'store/request-count': MANY,
    'store/error-count': 0,
    'store/latency/count': MANY,
  });
  const looks = out.split('\n').filter((line) => line.includes('"weight":100') && !line.includes('"step"')).length;
  expect(insights?.looks).toMatchObject({ count: looks, validity: 'every look' });
});

it('rolls back by an error of the step that a killed run did not see, with the mark in Redis', async () => {
  await writeRelease('0s', 'redis');
  const shop = startShop();
  const first = startRelease(folder, variables, 'run');
  await marked();
  first.kill('SIGKILL');
  await first.ended;
  record(shop, 1, true);
  await shop.flush();
  expect(await release(folder, variables, 'run')).toMatchObject({
    code: 1,
    out: expect.stringMatching(/"rolling back".*store\/error-count at most 0, got 1/),
  });
});

it('decides nothing while Redis is away as the step begins, counts from when it is there, and lacks data that Redis lost', async () => {
  await writeRelease('0s');
  await redis.stop();
  const run = startRelease(folder, variables, 'run');
  await printed(run, /"event":"missing".*at the beginning expected metrics from Redis at 127\.0\.0\.1:/, 2);
  const times = run
    .lines()
    .map((line) => JSON.parse(line) as { time: string; event: string })
    .filter(({ event }) => event === 'missing')
    .map(({ time }) => Date.parse(time));
  // It tries again within a look, and says so once a look.
  expect(Math.min(...times.slice(1).map((time, index) => time - (times[index] ?? 0)))).toBeGreaterThanOrEqual(
    INTERVAL_MS - 100,
  );
  redis = await startRedisServer({ port: redisPort });
  const shop = startShop();
  record(shop, 1);
  await shop.flush();
  await allowReader();
  await marked();
  record(shop, 3);
  await counted(3);
  await (await redis.connect()).flushall();
  record(shop, MANY);
  await printed(run, /"event":"missing".*its data set has another id/);
  run.kill('SIGINT');
  expect((await run.ended).out).not.toContain('satisfied');
});
