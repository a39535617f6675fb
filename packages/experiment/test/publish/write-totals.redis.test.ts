import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { readMetricsFromRedis } from '@redmeter/metric-reader';
import { startRedisServer, type RedisServer } from '@redmeter/test-servers';
import type { Redis } from 'ioredis';
import { writeTotals, type TotalSeries } from '../../src/publish/write-totals.js';

let server: RedisServer;
let redis: Redis;
beforeAll(async () => {
  server = await startRedisServer();
  redis = await server.connect();
});
afterAll(() => server.stop());
beforeEach(() => redis.flushall());

const step = (value: number): TotalSeries => ({
  ...{ type: 'gauge', name: 'step', help: 'Where it is.', unit: undefined, value },
  labels: { application: 'shop, "new"' },
});
const looks = (value: number): TotalSeries => ({
  ...{ type: 'counter', name: 'looks_total', help: 'How often.', value, createdMs: 1_763_600_000_000 },
  labels: { application: 'shop', verdict: 'satisfied' },
});

it('writes each series with its whole value, as often as it is called', async () => {
  await writeTotals(server.url, [step(1), looks(2)], 60);
  await writeTotals(server.url, [step(3), looks(4)], 60);
  await writeTotals(server.url, [step(3), looks(4)], 60);
  const { families } = await readMetricsFromRedis((command, args) => redis.callBuffer(command, ...args));
  const found = families
    .filter(({ name }) => ['step', 'looks_total'].includes(name))
    .map(({ name, type, help, samples }) => [
      name,
      type,
      help,
      samples.map(({ labels, value }) => [labels.labels, value]),
    ]);
  expect(found).toEqual([
    [
      ...['looks_total', 'counter', 'How often.'],
      [
        [
          [
            ['application', 'shop'],
            ['verdict', 'satisfied'],
          ],
          4,
        ],
      ],
    ],
    ['step', 'gauge', 'Where it is.', [[[['application', 'shop, "new"']], 3]]],
  ]);
});

it('announces the keys, for readers of large databases, and lets them expire', async () => {
  await writeTotals(server.url, [step(1), looks(2)], 60);
  const keys = await redis.keys('metrics:*');
  expect((await redis.smembers('metrics-meta:keys')).sort()).toEqual(keys.sort());
  for (const key of keys) expect(await redis.ttl(key)).toBeLessThanOrEqual(60);
});

it.each([
  ['nothing listens', (url: string) => url.replace(/:\d+$/, ':1'), /ECONNREFUSED/],
  ['the password is wrong', (url: string) => url.replace('//', '//stranger:pa55word@'), /WRONGPASS/],
  ['the user may not write', (url: string) => url.replace('//', '//reader:pa55word@'), /NOPERM/],
])('fails with the reason when %s, without a secret', async (_, change, reason) => {
  await redis.acl('SETUSER', 'reader', 'reset', 'on', '>pa55word', '~*', '-@all', '+time', '+get');
  const failure = await writeTotals(change(server.url), [step(1)], 60).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'publishing_failed', message: expect.stringMatching(reason) as unknown });
  expect(String(failure)).toMatch(/expected to publish to Redis, got /);
  expect(String(failure)).not.toContain('pa55word');
});
