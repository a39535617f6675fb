import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@redmeter/test-servers';
import { useRedisServer } from '@redmeter/test-servers/jest';
import type { Redis } from 'ioredis';
import { checkExposition } from '../../exposition/exposition-checker.js';
import { newReader, referenceText, textOf } from '../application-text.js';
import { declare, touch, writeIndexed } from '../redis-state.js';

const server = useRedisServer({ flushBeforeEach: true });
let client: Redis;
beforeAll(async () => {
  client = await server.connect();
});

const counter = (value: number): string =>
  `{"type":"counter","value":${value},"created":1763600000123,"timestamp":1763600012345}`;
const gauge = (value: number): string => `{"type":"gauge","mode":"last","value":${value},"timestamp":1763600012345}`;
const A = 'metrics:counter:jobs_total:q=a';
const B = 'metrics:counter:jobs_total:q=b';

describe.each([
  ['in a database small enough to scan', 50_000],
  ['by the indexes alone', 0],
])('%s', (_name, scanLimitKeys) => {
  const newOne = (): ReturnType<typeof newReader> => newReader(client, { scanLimitKeys, verifiedKeys: 0 });

  it('reads again only what changed, or a small database whole', async () => {
    const isScanned = scanLimitKeys > 0;
    const reader = newOne();
    await writeIndexed(server.client, { [A]: counter(1), [B]: counter(2) });
    expect((await reader.read()).rebuilt).toBe('start');
    expect(await reader.read()).toMatchObject({ rebuilt: undefined, keysRead: isScanned ? 2 : 0, keysKnown: 2 });
    await writeIndexed(server.client, { [B]: counter(5) });
    const result = await reader.read();
    expect(result).toMatchObject({ rebuilt: undefined, keysRead: isScanned ? 2 : 1 });
    expect(textOf(result)).toContain('jobs_total{q="b"} 5\n');
    expect(textOf(result)).toBe(await referenceText(client, result.nowMs, { scanLimitKeys }));
  });

  it('shows a new series, and removes one that expired', async () => {
    const reader = newOne();
    await writeIndexed(server.client, { [A]: counter(1) });
    await reader.read();
    await writeIndexed(server.client, { [B]: counter(2) }, 150);
    expect(textOf(await reader.read())).toContain('jobs_total{q="b"} 2\n');
    await waitFor(async () => (await server.client.exists(B)) === 0);
    const result = await waitFor(async () => {
      const next = await reader.read();
      return textOf(next).includes('q="b"') ? undefined : next;
    });
    expect(result.rebuilt).toBeUndefined();
    expect(result.snapshot.seriesByType.get('counter')).toBe(1);
  });

  it('counts no skipped key that was written and deleted between two reads', async () => {
    const reader = newOne();
    await writeIndexed(server.client, { [A]: counter(1), 'metrics:gauge:up': gauge(1) });
    expect(Object.fromEntries((await reader.read()).snapshot.skipped.entries())).toMatchObject({ reserved_name: 1 });
    await writeIndexed(server.client, { 'metrics:gauge:up:a=1': gauge(1) });
    // As the merge script does it.
    for (const key of ['metrics:gauge:up', 'metrics:gauge:up:a=1']) {
      await server.client.multi().pexpire(key, -1).zrem('metrics-meta:live', key).exec();
    }
    const result = await reader.read();
    expect(result.rebuilt).toBeUndefined();
    expect(Object.fromEntries(result.snapshot.skipped.entries())).toMatchObject({ reserved_name: 0 });
  });

  it('drops a series that its writer removed, also when another comes in its place, and shows it again as new', async () => {
    const reader = newOne();
    await writeIndexed(server.client, { [A]: counter(7), [B]: counter(2) });
    await reader.read();
    const C = 'metrics:counter:jobs_total:q=c';
    // As the merge script does it.
    await server.client.multi().pexpire(A, -1).zrem('metrics-meta:live', A).zrem('metrics-meta:changed', A).exec();
    await writeIndexed(server.client, { [C]: counter(3) });
    const result = await reader.read();
    expect(result.rebuilt).toBeUndefined();
    expect(textOf(result)).not.toContain('q="a"');
    expect(textOf(result)).toBe(await referenceText(client, result.nowMs, { scanLimitKeys }));
    await writeIndexed(server.client, { [A]: counter(1).replace('1763600000123', '1763600009999') });
    expect(textOf(await reader.read())).toContain('jobs_total{q="a"} 1\n');
  });

  it('keeps a series whose writer only moved its expiry', async () => {
    const reader = newOne();
    await writeIndexed(server.client, { [A]: counter(1) }, 200);
    const first = await reader.read();
    await touch(server.client, [A]);
    await waitFor(() => Date.now() > first.nowMs + 250);
    const result = await reader.read();
    expect(result.rebuilt).toBeUndefined();
    expect(textOf(result)).toContain('jobs_total{q="a"} 1\n');
  });

  it('follows what other languages announce and write themselves', async () => {
    const reader = newOne();
    await reader.read();
    await server.client.sadd('metrics-meta:keys', 'metrics:counter:signups', 'other:counter:signups');
    await server.client.incr('metrics:counter:signups');
    expect(textOf(await reader.read())).toContain('\nsignups 1\n');
    await server.client.incr('metrics:counter:signups');
    expect(textOf(await reader.read())).toContain('\nsignups 2\n');
    await server.client.srem('metrics-meta:keys', 'metrics:counter:signups');
    await server.client.del('metrics:counter:signups');
    expect(textOf(await reader.read())).toBe('');
  });

  it('follows a bare number that a writer and others add to', async () => {
    const reader = newOne();
    await writeIndexed(server.client, { 'metrics:counter:signups': '1' });
    await reader.read();
    await server.client.incr('metrics:counter:signups');
    expect(textOf(await reader.read())).toContain('\nsignups 2\n');
  });

  it('follows a hash, and reads it as a hash from then on', async () => {
    const reader = newOne();
    await server.client.sadd('metrics-meta:keys', A, B);
    await server.client.hset(A, { value: '1', timestamp: '1763600012345' });
    await server.client.hset(B, { value: '2', timestamp: '1763600012345' });
    await reader.read();
    await server.client.config('RESETSTAT');
    await server.client.hincrby(A, 'value', 5);
    const result = await reader.read();
    expect(textOf(result)).toContain('jobs_total{q="a"} 6\njobs_total{q="b"} 2\n');
    expect(textOf(result)).toBe(await referenceText(client, result.nowMs, { scanLimitKeys }));
    // The reference asks for strings first.
    expect(await server.client.info('errorstats')).toContain('errorstat_WRONGTYPE:count=2\r\n');
    await server.client.set(B, '7');
    expect(textOf(await reader.read())).toContain('jobs_total{q="b"} 7\n');
    await server.client.del(A);
    expect(textOf(await reader.read())).not.toContain('q="a"');
  });

  it('notices a record of a family', async () => {
    const reader = newOne();
    await writeIndexed(server.client, { [A]: counter(1) });
    await reader.read();
    await declare(server.client, 'jobs_total', { type: 'counter', help: 'Jobs\ndone.' });
    expect(textOf(await reader.read())).toContain('# HELP jobs_total Jobs\\ndone.\n');
  });

  it('starts again on another data set, and on a revision that went back', async () => {
    const reader = newOne();
    await writeIndexed(server.client, { [A]: counter(1) });
    await writeIndexed(server.client, { [A]: counter(2) });
    await reader.read();
    await server.client.flushall();
    await writeIndexed(server.client, { [B]: counter(1) });
    const result = await reader.read();
    expect(result.rebuilt).toBe('dataset');
    expect(textOf(result)).not.toContain('q="a"');
    await server.client.set('metrics-meta:revision', '0');
    expect((await reader.read()).rebuilt).toBe('revision');
  });

  it('reads past indexes that are something else', async () => {
    const reader = newOne();
    for (const index of ['live', 'changed', 'keys', 'revision', 'dataset']) {
      await server.client.hset(`metrics-meta:${index}`, 'a', 'b');
    }
    await server.client.set(A, '5');
    expect(textOf(await reader.read())).toBe(scanLimitKeys === 0 ? '' : await referenceText(client, Date.now()));
  });
});

describe('manual changes to keys in an index', () => {
  const keys = Array.from({ length: 600 }, (_, i) => `metrics:counter:jobs_total:q=${String(i).padStart(3, '0')}`);
  const last = keys.at(-1) ?? '';
  const change = async (): Promise<void> => {
    await server.client.set(last, counter(9_999));
    await server.client.del(keys.at(-2) ?? '');
    await server.client
      .multi()
      .del(keys.at(-3) ?? '')
      .lpush(keys.at(-3) ?? '', 'x')
      .exec();
  };
  beforeEach(async () => writeIndexed(server.client, Object.fromEntries(keys.map((key, i) => [key, counter(i)]))));

  it('is seen at the next reading of a database small enough to scan', async () => {
    const reader = newReader(client);
    await reader.read();
    for (let i = 0; i < 3; i += 1) {
      await change();
      const result = await reader.read();
      expect(result).toMatchObject({ rebuilt: undefined, keysRead: 599 });
      expect(textOf(result)).toBe(await referenceText(client, result.nowMs));
      expect(textOf(result)).toContain('jobs_total{q="599"} 9999\n');
      // Counts that fall while they began at the same moment are held.
      await writeIndexed(server.client, { [last]: '{"value":599}', [keys.at(-2) ?? '']: counter(598) });
      await reader.read();
    }
  });

  it('is seen in turn, 250 keys in each reading, where only the indexes are read', async () => {
    const reader = newReader(client, { scanLimitKeys: 0 });
    await reader.read();
    await change();
    for (let i = 0; i < 2; i += 1) await reader.read();
    const result = await reader.read();
    expect(result.rebuilt).toBeUndefined();
    // And the two that have no value any more.
    expect(result.keysRead).toBeLessThanOrEqual(252);
    expect(textOf(result)).toBe(await referenceText(client, result.nowMs, { scanLimitKeys: 0 }));
  });
});

describe('a full reading', () => {
  it('holds Redis for no more than 2 ms by one command', async () => {
    const values: Record<string, string> = {};
    for (let i = 0; i < 5_000; i += 1) values[`metrics:gauge:g:i=${i}`] = gauge(i);
    await writeIndexed(server.client, values);
    await server.client.config('RESETSTAT');
    const result = await newReader(client).read();
    expect(result.keysRead).toBe(5_000);
    // Wall-clock times of Redis itself; the median, since other processes of a busy machine lengthen some.
    const stats = [
      ...(await server.client.info('latencystats')).matchAll(/latency_percentiles_usec_(\w+):p50=([\d.]+)/g),
    ];
    const medians = new Map(stats.map(([, command = '', micros]) => [command, Number(micros)]));
    expect([...medians.keys()]).toEqual(expect.arrayContaining(['mget', 'scan', 'zscan']));
    for (const [command, micros] of medians) expect(`${command} ${micros < 2000}`).toBe(`${command} true`);
    expect(textOf(result)).toBe(await referenceText(client, result.nowMs));
  });

  it('leaves out whole families when there are too many series', async () => {
    await writeIndexed(server.client, { 'metrics:gauge:b:i=1': gauge(1), 'metrics:gauge:b:i=2': gauge(1) });
    await writeIndexed(server.client, { 'metrics:gauge:a': gauge(1), 'metrics:gauge:c': gauge(1) });
    const reader = newReader(client, { maxSeries: 2 });
    const result = await reader.read();
    expect(result.truncated).toEqual(['b']);
    expect(result.keysKnown).toBe(2);
    await writeIndexed(server.client, { 'metrics:gauge:b:i=3': gauge(1), 'metrics:gauge:a': gauge(7) });
    const next = await reader.read();
    expect(next.truncated).toEqual(['b']);
    expect(textOf(next)).toBe(await referenceText(client, next.nowMs, { maxSeries: 2 }));
    expect(textOf(next)).toContain('\na 7\n');
  });

  it('does not fetch a value that is far too long', async () => {
    await server.client.set('metrics:gauge:big', Buffer.alloc(5_000_000, 'x'));
    const reader = newReader(client);
    expect((await reader.read()).snapshot.skipped.of('value_too_long')).toBe(1);
    const before = /total_net_output_bytes:(\d+)/.exec(await server.client.info('stats'))?.[1];
    await reader.read();
    const after = /total_net_output_bytes:(\d+)/.exec(await server.client.info('stats'))?.[1];
    expect(Number(after) - Number(before)).toBeLessThan(100_000);
    await server.client.set('metrics:gauge:big', '5');
    expect(textOf(await reader.read())).toContain('\nbig 5\n');
  });

  it('passes the checker in both formats, with and without _created', async () => {
    await declare(server.client, 'wait_ms', { type: 'histogram', help: 'Say "wait".', unit: 'ms' });
    await writeIndexed(server.client, {
      [A]: counter(1),
      'metrics:counter:plain': counter(3),
      'metrics:gauge:jobs:q=x%2Cy%22%5C': '{"value":"NaN"}',
      'metrics:counter:events_total:q=1': counter(2),
      'metrics:histogram:wait_ms:q=1':
        '{"type":"histogram","count":7,"sum":812.5,"bounds":[5,10,25],"counts":[1,2,0,4],"created":1763600000123}',
      'metrics:histogram:ready_ms': '{"count":7,"sum":812.5,"p50":1,"p95":2,"p99":3}',
    });
    const result = await newReader(client, { withCreated: true }).read();
    expect(checkExposition(textOf(result), 'text').problems).toEqual([]);
    expect(checkExposition(textOf(result, 'openmetrics'), 'openmetrics').problems).toEqual([]);
    const created = textOf(result, 'openmetrics', true);
    expect(checkExposition(created, 'openmetrics').problems).toEqual([]);
    expect(created).toContain('events_created{q="1"} 1763600000.123\n');
    expect(created).toContain('# UNIT wait_ms ms\n');
    // `jobs` is a gauge already, so OpenMetrics cannot call the counter by that name.
    expect(created).toContain('# TYPE jobs_total unknown\n');
  });
});

it('finds what changed long ago and what one revision holds, however much', async () => {
  await writeIndexed(server.client, { [A]: counter(1) });
  const reader = newReader(client, { scanLimitKeys: 0, verifiedKeys: 0 });
  await reader.read();
  await server.client.incrby('metrics-meta:revision', 20_000);
  const values = Object.fromEntries(Array.from({ length: 450 }, (_, i) => [`metrics:gauge:g:i=${i}`, gauge(i)]));
  await writeIndexed(server.client, values);
  await server.client.incrby('metrics-meta:revision', 20_000);
  await writeIndexed(server.client, { [A]: counter(2) });
  const result = await reader.read();
  expect(result).toMatchObject({ rebuilt: undefined, keysRead: 451 });
  expect(textOf(result)).toBe(await referenceText(client, result.nowMs, { scanLimitKeys: 0 }));
});

describe('where nearly all keys changed', () => {
  const keyOf = (i: number): string => `metrics:counter:jobs_total:q=${i}`;
  const values = (from: number, to: number, value: number): Record<string, string> =>
    Object.fromEntries(Array.from({ length: to - from }, (_, i) => [keyOf(from + i), counter(value)]));
  const newOne = (): ReturnType<typeof newReader> => newReader(client, { scanLimitKeys: 0, verifiedKeys: 0 });
  /** As the merge script removes a series. */
  const remove = async (key: string): Promise<void> => {
    await server.client.multi().pexpire(key, -1).zrem('metrics-meta:live', key).exec();
  };
  const calls = async (command: string): Promise<number> =>
    Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(await server.client.info('commandstats'))?.[1] ?? 0);

  it('reads all values and no names', async () => {
    const reader = newOne();
    await writeIndexed(server.client, values(0, 100, 1));
    await reader.read();
    const before = await calls('zrangebyscore');
    await writeIndexed(server.client, values(0, 80, 2));
    const result = await reader.read();
    expect(result).toMatchObject({ rebuilt: undefined, keysRead: 100, keysKnown: 100 });
    expect(await calls('zrangebyscore')).toBe(before);
    expect(textOf(result)).toBe(await referenceText(client, result.nowMs, { scanLimitKeys: 0 }));
    await writeIndexed(server.client, values(0, 60, 3));
    expect(await reader.read()).toMatchObject({ keysRead: 60 });
    expect(await calls('zrangebyscore')).toBeGreaterThan(before);
  });

  it.each([
    ['a series that was removed', keyOf(0), async (): Promise<void> => remove(keyOf(0))],
    ['a key that cannot be read', 'metrics:counter:jobs_total:q', async () => remove('metrics:counter:jobs_total:q')],
    [
      'a key that somebody had deleted',
      keyOf(0),
      async (): Promise<void> => {
        await server.client.zrem('metrics-meta:live', keyOf(0));
      },
    ],
    [
      'a member of the index that is no series',
      'other',
      async (): Promise<void> => {
        await server.client.zrem('metrics-meta:live', 'other');
      },
    ],
  ])('shows a new series at once that comes in the place of %s', async (what, key, takeOut) => {
    const reader = newOne();
    await writeIndexed(server.client, { ...values(0, 100, 1), [key]: counter(1) });
    await reader.read();
    if (what.includes('deleted')) {
      await server.client.del(key);
      await writeIndexed(server.client, values(1, 100, 2));
      await reader.read();
    }
    await takeOut();
    await writeIndexed(server.client, { ...values(1, 100, 3), [keyOf(100)]: counter(7) });
    const result = await reader.read();
    expect(textOf(result)).toContain('jobs_total{q="100"} 7\n');
    expect(textOf(result)).toBe(await referenceText(client, result.nowMs, { scanLimitKeys: 0 }));
    const next = await reader.read();
    expect(next).toMatchObject({ rebuilt: undefined });
    expect(textOf(next)).toBe(await referenceText(client, next.nowMs, { scanLimitKeys: 0 }));
  });

  it('shows a new series that comes besides, and none that expired', async () => {
    const reader = newOne();
    await writeIndexed(server.client, values(0, 100, 1));
    await writeIndexed(server.client, values(0, 1, 1), 100);
    await reader.read();
    await waitFor(async () => (await server.client.exists(keyOf(0))) === 0);
    await writeIndexed(server.client, values(1, 102, 2));
    const before = await calls('zscan');
    const result = await reader.read();
    expect(await calls('zscan')).toBe(before);
    expect(textOf(result)).toBe(await referenceText(client, result.nowMs, { scanLimitKeys: 0 }));
    expect(result.snapshot.seriesByType.get('counter')).toBe(101);
  });
});

it('lists and reads keys that others announce in turn, where there are very many', async () => {
  const keys = Array.from({ length: 25_000 }, (_, i) => `metrics:counter:signups:i=${i}`);
  for (let start = 0; start < keys.length; start += 1000) {
    const some = keys.slice(start, start + 1000);
    await server.client.mset(some.flatMap((key) => [key, '1']));
    await server.client.sadd('metrics-meta:keys', ...some);
  }
  const reader = newReader(client, { scanLimitKeys: 0 });
  const calls = async (): Promise<number> =>
    Number(/cmdstat_sscan:calls=(\d+)/.exec(await server.client.info('commandstats'))?.[1] ?? 0);
  expect((await reader.read()).keysRead).toBe(25_000);
  const [gone = '', changed = ''] = keys;
  await server.client.srem('metrics-meta:keys', gone);
  await server.client.set(changed, '7');
  await server.client.set('metrics:counter:signups:i=new', '1');
  await server.client.sadd('metrics-meta:keys', 'metrics:counter:signups:i=new');
  await waitFor(async () => {
    const before = await calls();
    const result = await reader.read();
    expect((await calls()) - before).toBeLessThanOrEqual(11);
    // Those in turn, those that are verified besides, and new ones.
    expect(result.keysRead).toBeLessThanOrEqual(10_251);
    const text = textOf(result);
    return text.includes('{i="new"} 1\n') && text.includes('{i="1"} 7\n') && !text.includes('{i="0"}');
  });
});
