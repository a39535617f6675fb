import { expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { withOwnRedis } from '../service/own-redis.js';
import { COUNTER, increment, keys, merge, recordOf, valueOf, type Call } from './merge-call.js';

const KEY = 'metrics:counter:events';
const REMOVE: Call['series'][number] = [KEY, { remove: true, family: 'events' }];
const ADD: Call['series'][number] = [KEY, { type: 'counter', family: 'events', add: 3 }];
let redis: Redis;

withOwnRedis((client) => (redis = client));

it('deletes the series and its entries in the indexes', async () => {
  await merge(redis, increment(5));
  await merge(redis, { batch: 2, ...increment(1, 'metrics:counter:events:a=1') });
  expect(await merge(redis, { batch: 3, families: COUNTER, series: [REMOVE] })).toMatchObject({ refusals: new Map() });
  expect(await redis.exists(KEY)).toBe(0);
  expect(await redis.zrange(keys.live, '0', '-1')).toEqual(['metrics:counter:events:a=1']);
  expect(await redis.zrange(keys.changed, '0', '-1')).toEqual(['metrics:counter:events:a=1']);
});

it('does it once: a batch sent again removes nothing that came later, and brings nothing back', async () => {
  await merge(redis, increment(5));
  const removal = { batch: 2, families: COUNTER, series: [REMOVE] };
  await merge(redis, removal);
  expect(await merge(redis, increment(5))).toMatchObject({ kind: 'duplicate' });
  expect(await redis.exists(KEY)).toBe(0);
  await merge(redis, { batch: 1, incarnation: 'another', ...increment(2) });
  expect(await merge(redis, removal)).toMatchObject({ kind: 'duplicate' });
  expect(await valueOf(redis, 'counter', KEY)).toBe(2);
});

it('begins a new count where the series is recorded again, by its writer or another', async () => {
  await merge(redis, increment(5));
  const { createdMs: before = 0 } = (await recordOf(redis, 'counter', KEY)) as { createdMs?: number };
  const nextMs = Date.now() + 2;
  while (Date.now() < nextMs) await redis.ping();
  await merge(redis, { batch: 2, families: COUNTER, series: [REMOVE, ADD] });
  const record = await recordOf(redis, 'counter', KEY);
  expect(record).toMatchObject({ value: 3 });
  expect((record as { createdMs?: number }).createdMs).toBeGreaterThan(before);
  expect(await redis.zscore(keys.live, KEY)).not.toBeNull();
  expect(await redis.zscore(keys.changed, KEY)).not.toBeNull();
  await merge(redis, { batch: 1, incarnation: 'another', ...increment(2) });
  expect(await valueOf(redis, 'counter', KEY)).toBe(5);
});

it('is not undone by a touch', async () => {
  await merge(redis, increment(5));
  await merge(redis, { batch: 2, families: COUNTER, series: [REMOVE] });
  const touch = [[KEY, { touch: true, family: 'events' }]] as const;
  await merge(redis, { incarnation: 'another', families: COUNTER, series: touch });
  expect(await redis.exists(KEY)).toBe(0);
  expect(await redis.zcard(keys.live)).toBe(0);
});

it('removes a bare number, and what is no record; what is no string is not ours', async () => {
  for (const text of ['5', 'garbage']) {
    await redis.set(KEY, text);
    await merge(redis, { incarnation: text, families: COUNTER, series: [REMOVE] });
    expect(await redis.exists(KEY)).toBe(0);
  }
  await redis.lpush(KEY, 'x');
  expect(await merge(redis, { families: COUNTER, series: [REMOVE] })).toMatchObject({
    refusals: new Map([[1, 'wrong_redis_type']]),
  });
  expect(await redis.exists(KEY)).toBe(1);
});
