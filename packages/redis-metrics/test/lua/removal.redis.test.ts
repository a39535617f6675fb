import { expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { COUNTER, increment, keys, merge, recordOf, valueOf, type Call } from './merge-call.js';

const KEY = 'metrics:counter:events';
const REMOVE: Call['series'][number] = [KEY, { remove: true, family: 'events' }];
const ADD: Call['series'][number] = [KEY, { type: 'counter', family: 'events', add: 3 }];
const server = useRedisServer({ flushBeforeEach: true });

it('deletes the series and its entries in the indexes', async () => {
  await merge(server.client, increment(5));
  await merge(server.client, { batch: 2, ...increment(1, 'metrics:counter:events:a=1') });
  expect(await merge(server.client, { batch: 3, families: COUNTER, series: [REMOVE] })).toMatchObject({
    refusals: new Map(),
  });
  expect(await server.client.exists(KEY)).toBe(0);
  expect(await server.client.zrange(keys.live, '0', '-1')).toEqual(['metrics:counter:events:a=1']);
  expect(await server.client.zrange(keys.changed, '0', '-1')).toEqual(['metrics:counter:events:a=1']);
});

it('does it once: a batch sent again removes nothing that came later, and brings nothing back', async () => {
  await merge(server.client, increment(5));
  const removal = { batch: 2, families: COUNTER, series: [REMOVE] };
  await merge(server.client, removal);
  expect(await merge(server.client, increment(5))).toMatchObject({ kind: 'duplicate' });
  expect(await server.client.exists(KEY)).toBe(0);
  await merge(server.client, { batch: 1, incarnation: 'another', ...increment(2) });
  expect(await merge(server.client, removal)).toMatchObject({ kind: 'duplicate' });
  expect(await valueOf(server.client, 'counter', KEY)).toBe(2);
});

it('begins a new count where the series is recorded again, by its writer or another', async () => {
  await merge(server.client, increment(5));
  const { createdMs: before = 0 } = (await recordOf(server.client, 'counter', KEY)) as { createdMs?: number };
  const nextMs = Date.now() + 2;
  while (Date.now() < nextMs) await server.client.ping();
  await merge(server.client, { batch: 2, families: COUNTER, series: [REMOVE, ADD] });
  const record = await recordOf(server.client, 'counter', KEY);
  expect(record).toMatchObject({ value: 3 });
  expect((record as { createdMs?: number }).createdMs).toBeGreaterThan(before);
  expect(await server.client.zscore(keys.live, KEY)).not.toBeNull();
  expect(await server.client.zscore(keys.changed, KEY)).not.toBeNull();
  await merge(server.client, { batch: 1, incarnation: 'another', ...increment(2) });
  expect(await valueOf(server.client, 'counter', KEY)).toBe(5);
});

it('is not undone by a touch', async () => {
  await merge(server.client, increment(5));
  await merge(server.client, { batch: 2, families: COUNTER, series: [REMOVE] });
  const touch = [[KEY, { touch: true, family: 'events' }]] as const;
  await merge(server.client, { incarnation: 'another', families: COUNTER, series: touch });
  expect(await server.client.exists(KEY)).toBe(0);
  expect(await server.client.zcard(keys.live)).toBe(0);
});

it('removes a bare number, and what is no record; what is no string is not ours', async () => {
  for (const text of ['5', 'garbage']) {
    await server.client.set(KEY, text);
    await merge(server.client, { incarnation: text, families: COUNTER, series: [REMOVE] });
    expect(await server.client.exists(KEY)).toBe(0);
  }
  await server.client.lpush(KEY, 'x');
  expect(await merge(server.client, { families: COUNTER, series: [REMOVE] })).toMatchObject({
    refusals: new Map([[1, 'wrong_redis_type']]),
  });
  expect(await server.client.exists(KEY)).toBe(1);
});
