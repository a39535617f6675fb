import { expect, it } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { freePort } from '@redmeter/test-servers';
import { temporaryFolder, useRedisServer } from '@redmeter/test-servers/jest';
import { startCuttingProxy } from '../../packages/redis-metrics/test/service/cutting-proxy.js';
import { php, runProgram } from './run-program.js';

const JOBS = 80;
const REQUESTS = 4;
/** Each job records in a counter, a histogram, a summary of two sums and two gauges; all but the last value of one are replaced. */
const RECORDED = 6 * JOBS;
const LABELS = 'queue=mail%2C %22urgent%22';

interface Statistics {
  readonly recorded: number;
  readonly flushed: number;
  readonly pending: number;
  readonly coalesced: number;
}

const server = useRedisServer({ flushBeforeEach: true });

/** One request, in a process of its own. */
async function request(port: number, folder: string): Promise<{ statistics: Statistics; err: string }> {
  const { out, err } = await runProgram(php('test/storage.php', `${port}`, folder, `${JOBS}`));
  return { statistics: JSON.parse(out) as Statistics, err };
}

async function valueOf(key: string): Promise<unknown> {
  return (JSON.parse((await server.client.get(`metrics:${key}:${LABELS}`)) ?? '{}') as { value?: unknown }).value;
}

async function expectRequests(count: number): Promise<void> {
  expect(await valueOf('counter:shop_jobs_total')).toBe(count * JOBS);
  expect(await valueOf('counter:shop_size_count')).toBe(count * JOBS);
  expect(await valueOf('counter:shop_size_sum')).toBe(count * JOBS * 2.5);
  expect(await valueOf('gauge:shop_waiting')).toBe(count * JOBS * 0.5);
  expect(await valueOf('gauge:shop_level')).toBe(JOBS - 1);
  expect(JSON.parse((await server.client.get(`metrics:histogram:shop_took_ms:${LABELS}`)) ?? '')).toMatchObject({
    ...{ count: count * JOBS, sum: count * JOBS * 19.5, bounds: [5, 10, 25] },
  });
}

it('writes at the end of each request, and requests one after the other have one writer', async () => {
  const folder = temporaryFolder();
  for (let i = 1; i <= REQUESTS; i += 1) {
    const { statistics, err } = await request(server.port, folder);
    expect([statistics.recorded, statistics.pending, err]).toEqual([i * RECORDED, 0, '']);
    expect(statistics.flushed + statistics.coalesced).toBe(i * RECORDED);
  }
  await expectRequests(REQUESTS);
  expect(await server.client.keys('metrics-meta:writer:*')).toHaveLength(1);
});

it('requests at the same time have writers of their own', async () => {
  const folder = temporaryFolder();
  await Promise.all(Array.from({ length: REQUESTS }, () => request(server.port, folder)));
  await expectRequests(REQUESTS);
  const ledgers = await server.client.keys('metrics-meta:writer:*');
  expect(ledgers).toHaveLength(readdirSync(folder).length);
});

it('counts a batch once whose answer was lost at the end of a request: the next one sends it again', async () => {
  const folder = temporaryFolder();
  const proxy = await startCuttingProxy(server.port);
  proxy.cutReplies(1, /applied/);
  const port = Number(new URL(proxy.url).port);
  const { statistics, err } = await request(port, folder).finally(() => proxy.stop());
  expect(statistics.pending).toBeGreaterThan(0);
  expect(err).toMatch(/^redmeter: metrics wait until they can be written/);
  await expectRequests(1);
  // Until it is time to try again, a request only adds what it recorded.
  let sent = 1;
  for (let left = 1; left > 0; sent += 1) left = (await request(server.port, folder)).statistics.pending;
  await expectRequests(sent);
});

it('keeps what is recorded while Redis is down', async () => {
  const folder = temporaryFolder();
  const nobody = await freePort();
  for (let i = 1; i <= REQUESTS; i += 1) {
    const { statistics } = await request(nobody, folder);
    expect(statistics.pending + statistics.coalesced).toBe(i * RECORDED);
  }
  let sent = REQUESTS;
  for (let left = 1; left > 0; sent += 1) left = (await request(server.port, folder)).statistics.pending;
  await expectRequests(sent);
});

it('collects what all wrote as the library takes it, and wipes it', async () => {
  await request(server.port, '-');
  const { out } = await runProgram(php('test/storage.php', `${server.port}`, '-', '0', 'collect'));
  const families = JSON.parse(out) as { name: string }[];
  expect(families.find(({ name }) => name === 'shop_jobs_total')).toEqual({
    ...{ name: 'shop_jobs_total', type: 'counter', help: 'Of jobs_total.', labelNames: [] },
    samples: [{ name: 'shop_jobs_total', labelNames: ['queue'], labelValues: ['mail, "urgent"'], value: `${JOBS}` }],
  });
  expect(JSON.stringify(families)).toContain('"labelNames":["queue","le"]');
  await runProgram(php('test/storage.php', `${server.port}`, '-', '0', 'wipe'));
  expect(await server.client.keys('metrics*')).toEqual([]);
});
