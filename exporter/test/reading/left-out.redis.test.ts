import { beforeAll, describe, expect, it } from '@jest/globals';
import { startRedisServer } from '@redmeter/test-servers';
import { useRedisServer } from '@redmeter/test-servers/jest';
import type { Redis } from 'ioredis';
import { setTimeout as pause } from 'node:timers/promises';
import { startHeldProxy } from '../redis/held-proxy.js';
import { startTestExporter } from '../test-exporter.js';
import { newReader, referenceText, textOf } from './application-text.js';
import { writeIndexed } from './redis-state.js';

const server = useRedisServer({ flushBeforeEach: true });
let client: Redis;
beforeAll(async () => {
  client = await server.connect();
});

const gauges = (name: string, count: number, from = 0): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`metrics:gauge:${name}:i=${from + i}`, '{"value":1}']));
const keysOf = (values: Readonly<Record<string, string>>): string[] => Object.keys(values);

describe.each([
  ['in a database small enough to scan', 50_000],
  ['by the indexes alone', 0],
])('%s', (_name, scanLimitKeys) => {
  const options = { scanLimitKeys, maxSeries: 100, verifiedKeys: 0 };

  it('a metric that is left out is shown as soon as there is room, and nothing else is read for it', async () => {
    await writeIndexed(server.client, gauges('a', 50));
    await writeIndexed(server.client, gauges('b', 60));
    const reader = newReader(client, options);
    expect((await reader.read()).truncated).toEqual(['b']);
    // As the merge script removes series.
    const gone = keysOf(gauges('a', 20));
    await server.client.multi().del(gone).zrem('metrics-meta:live', gone).zrem('metrics-meta:changed', gone).exec();
    const result = await reader.read();
    expect(result).toMatchObject({ truncated: [], keysKnown: 90, rebuilt: undefined });
    if (scanLimitKeys === 0) expect(result.keysRead).toBe(60);
    expect(textOf(result)).toBe(await referenceText(client, result.nowMs, options));
    await writeIndexed(server.client, gauges('a', 20));
    expect(await reader.read()).toMatchObject({ truncated: ['b'], keysKnown: 50, rebuilt: undefined });
  });
});

it('what a metric that is left out gains is not listed, and its keys are counted once a minute', async () => {
  let nowMs = Date.now();
  await writeIndexed(server.client, gauges('a', 50));
  await writeIndexed(server.client, gauges('b', 600));
  const reader = newReader(client, { scanLimitKeys: 0, maxSeries: 100, verifiedKeys: 0, now: () => nowMs });
  const zscans = async (): Promise<number> =>
    Number(/cmdstat_zscan:calls=(\d+)/.exec(await server.client.info('commandstats'))?.[1] ?? 0);
  await reader.read();
  const before = await zscans();
  for (let i = 0; i < 5; i += 1) {
    await writeIndexed(server.client, { ...gauges('a', 1), ...gauges('b', 2, 598 + i) });
    expect(await reader.read()).toMatchObject({ truncated: ['b'], keysRead: 1, keysKnown: 50, rebuilt: undefined });
  }
  expect(await zscans()).toBe(before);
  nowMs += 60_000;
  expect(await reader.read()).toMatchObject({ truncated: ['b'], keysRead: 0, rebuilt: undefined });
  const recounted = await zscans();
  expect(recounted).toBeGreaterThan(before);
  nowMs += 60_000;
  await reader.read();
  expect(await zscans()).toBe(recounted);
});

it('which of several Redis answers first does not decide what is left out', async () => {
  const other = await startRedisServer();
  await writeIndexed(server.client, gauges('a', 50));
  await writeIndexed(await other.connect(), gauges('b', 50));
  const truncated: (string | undefined)[] = [];
  for (const slow of [0, 1]) {
    const proxies = await Promise.all(
      [server, other].map(async ({ port }, i) => startHeldProxy(port, async () => pause(i === slow ? 200 : 0, true))),
    );
    const exporter = await startTestExporter(
      proxies.map(({ url }, i) => `r${i}=${url}`),
      { maxSeries: 70 },
    );
    const text = await exporter.metrics();
    truncated.push(/^redmeter_truncated_families.*$/m.exec(text)?.[0]);
    expect([text.match(/^a\{/gm)?.length, text.match(/^b\{/gm)?.length]).toEqual([50, undefined]);
    await exporter.stop();
    for (const proxy of proxies) await proxy.stop();
  }
  expect(truncated[1]).toBe(truncated[0]);
  await other.stop();
});
