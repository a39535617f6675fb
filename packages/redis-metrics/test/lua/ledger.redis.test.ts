import { describe, expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { COUNTER, increment, keys, merge, MERGE_SOURCE, recordOf, valueOf, type Operation } from './merge-call.js';

const KEY = 'metrics:counter:events';
const server = useRedisServer({ flushBeforeEach: true });

describe('each batch once', () => {
  async function sendTwice(source: string): Promise<number> {
    for (let attempt = 0; attempt < 2; attempt += 1) await merge(server.client, { source, ...increment(5) });
    return valueOf(server.client, 'counter', KEY);
  }

  it('counts a batch that is sent twice once', async () => {
    expect(await sendTwice(MERGE_SOURCE)).toBe(5);
  });

  it('would count it twice without the ledger check', async () => {
    const lines = MERGE_SOURCE.split('\n');
    const unchecked = lines.filter((line) => !line.includes('-- each batch once'));
    expect(lines.length - unchecked.length).toBe(1);
    expect(await sendTwice(unchecked.join('\n'))).toBe(10);
  });

  it('applies the batches of one writer in their order, and those of others beside them', async () => {
    for (const batch of [1, 2, 3]) await merge(server.client, { batch, ...increment(1) });
    await merge(server.client, { incarnation: 'other', ...increment(10) });
    expect(await valueOf(server.client, 'counter', KEY)).toBe(13);
    expect(await server.client.get(keys.writer('w'))).toBe('3');
    expect(await server.client.pttl(keys.writer('w'))).toBeGreaterThan(6.9 * 86_400_000);
  });

  it('tells a duplicate what it refused the first time', async () => {
    await server.client.lpush('metrics:counter:list', 'x');
    const call = {
      families: COUNTER,
      series: [
        [KEY, { type: 'counter', family: 'events', add: 1 }],
        ['metrics:counter:list', { type: 'counter', family: 'events', add: 1 }],
      ],
    } as const;
    const first = await merge(server.client, call);
    const again = await merge(server.client, call);
    expect(first).toMatchObject({ kind: 'applied', refusals: new Map([[2, 'wrong_redis_type']]) });
    expect(again).toMatchObject({ kind: 'duplicate', refusals: new Map([[2, 'wrong_redis_type']]) });
    expect(await server.client.get(keys.writer('w'))).toBe('1 2 wrong_redis_type');
    expect(await merge(server.client, { batch: 2, ...increment(1) })).toMatchObject({ kind: 'applied' });
    expect(await merge(server.client, call)).toMatchObject({ kind: 'duplicate', refusals: new Map() });
    expect(await valueOf(server.client, 'counter', KEY)).toBe(2);
  });

  it('applies nothing where a batch is missing, and says which was noted last', async () => {
    await merge(server.client, increment(1));
    expect(await merge(server.client, { batch: 3, ...increment(1) })).toEqual({
      ...{ kind: 'gap', dataset: 'fresh-id', noted: 1, note: '' },
    });
    expect(await valueOf(server.client, 'counter', KEY)).toBe(1);
  });

  it('applies nothing where the ledger is missing, but for the first batch', async () => {
    await merge(server.client, increment(1));
    await server.client.del(keys.writer('w'));
    expect(await merge(server.client, { batch: 2, ...increment(1) })).toEqual({
      ...{ kind: 'unknown', dataset: 'fresh-id', isGone: false },
    });
    expect(await valueOf(server.client, 'counter', KEY)).toBe(1);
  });

  it('takes a ledger that holds no number for a missing one', async () => {
    await server.client.set(keys.writer('w'), 'garbage');
    expect(await merge(server.client, { batch: 2, ...increment(1) })).toMatchObject({ kind: 'unknown' });
  });
});

describe('data set', () => {
  it('is made when there is none, without a time to live', async () => {
    const answer = await merge(server.client, increment(1));
    expect(answer).toMatchObject({ kind: 'applied', dataset: 'fresh-id' });
    expect(await server.client.get(keys.dataset)).toBe('{"format":1,"id":"fresh-id","shards":1}');
    expect(await server.client.ttl(keys.dataset)).toBe(-1);
  });

  it('is kept, and returned, if it exists', async () => {
    await server.client.set(keys.dataset, '{"format":1,"id":"older","shards":1}');
    expect(await merge(server.client, increment(1))).toMatchObject({ kind: 'applied', dataset: 'older' });
    expect(await merge(server.client, { batch: 2, dataset: 'older', ...increment(1) })).toMatchObject({
      kind: 'applied',
    });
  });

  it('applies nothing to another than the writer knows', async () => {
    await server.client.set(keys.dataset, '{"format":1,"id":"newer","shards":1}');
    expect(await merge(server.client, { dataset: 'older', ...increment(1) })).toEqual({
      ...{ kind: 'dataset', dataset: 'newer', isGone: false },
    });
    expect(await server.client.keys('*')).toEqual([keys.dataset]);
  });

  it('applies nothing where the one the writer knows is gone', async () => {
    expect(await merge(server.client, { dataset: 'older', ...increment(1) })).toMatchObject({
      kind: 'dataset',
      dataset: '',
    });
    expect(await server.client.dbsize()).toBe(0);
  });

  it.each(['{"format":2,"id":"x","shards":1}', '{"format":1,"id":"x","shards":3}', '{"format":1}', 'garbage'])(
    'applies nothing to %s',
    async (record) => {
      await server.client.set(keys.dataset, record);
      expect(await merge(server.client, increment(1))).toEqual({ kind: 'format', record });
      expect(await server.client.dbsize()).toBe(1);
    },
  );
});

describe('data set whose record alone is gone', () => {
  it('is the same one, as the ledger tells', async () => {
    await merge(server.client, increment(1));
    const record = await server.client.getdel(keys.dataset);
    const call = { batch: 2, dataset: 'fresh-id', ...increment(1) };
    expect(await merge(server.client, call)).toMatchObject({ kind: 'applied', dataset: 'fresh-id' });
    expect(await server.client.get(keys.dataset)).toBe(record);
    await server.client.del(keys.dataset);
    expect(await merge(server.client, call)).toMatchObject({ kind: 'duplicate', dataset: 'fresh-id' });
    expect(await server.client.get(keys.dataset)).toBe(record);
    expect(await valueOf(server.client, 'counter', KEY)).toBe(2);
  });

  it('has the name that another writer gave it meanwhile', async () => {
    await merge(server.client, increment(1));
    await server.client.set(keys.dataset, '{"format":1,"id":"newer","shards":1}');
    const call = { batch: 2, dataset: 'fresh-id', ...increment(1) };
    expect(await merge(server.client, call)).toMatchObject({ kind: 'applied', dataset: 'newer' });
    expect(await valueOf(server.client, 'counter', KEY)).toBe(2);
  });

  it('takes no name that would break the record', async () => {
    await merge(server.client, increment(1));
    await server.client.del(keys.dataset);
    const call = { batch: 2, dataset: '"}', ...increment(1) };
    expect(await merge(server.client, call)).toMatchObject({ kind: 'applied', dataset: 'fresh-id' });
    expect(await server.client.get(keys.dataset)).toBe('{"format":1,"id":"fresh-id","shards":1}');
  });
});

describe('mark', () => {
  const first = { ...increment(1), mark: { note: '1,0' } };
  const second = { batch: 2, ...increment(1), mark: { note: '2,0' } };

  it('is kept beside the ledger, and not for who gives no key for it', async () => {
    await merge(server.client, increment(1));
    expect(await server.client.exists(keys.mark('w'))).toBe(0);
    await merge(server.client, second);
    expect(await server.client.get(keys.writer('w'))).toBe('2');
    expect(await server.client.get(keys.mark('w'))).toBe('2 2,0');
    expect(await server.client.pttl(keys.mark('w'))).toBeGreaterThan(6.9 * 86_400_000);
    await merge(server.client, { batch: 3, ...increment(1), mark: {} });
    expect(await server.client.get(keys.mark('w'))).toBe('3 -');
  });

  it('stands for a ledger that is gone, or unreadable, and brings it back', async () => {
    await merge(server.client, first);
    await server.client.del(keys.writer('w'));
    expect(await merge(server.client, second)).toMatchObject({ kind: 'applied' });
    await server.client.set(keys.writer('w'), 'garbage');
    expect(await merge(server.client, second)).toMatchObject({ kind: 'duplicate' });
    expect(await server.client.get(keys.writer('w'))).toBe('2');
    expect(await valueOf(server.client, 'counter', KEY)).toBe(2);
  });

  it('is brought back by the next call when it is gone, or something else', async () => {
    await merge(server.client, first);
    await server.client.del(keys.mark('w'));
    await server.client.lpush(keys.mark('w'), 'x');
    expect(await merge(server.client, first)).toMatchObject({ kind: 'duplicate' });
    expect(await server.client.get(keys.mark('w'))).toBe('1 1,0');
    await server.client.del(keys.mark('w'));
    expect(await merge(server.client, second)).toMatchObject({ kind: 'applied' });
    expect(await server.client.get(keys.mark('w'))).toBe('2 2,0');
  });

  it('reports refusals, too', async () => {
    await server.client.lpush(KEY, 'x');
    const refusals = new Map([[1, 'wrong_redis_type']]);
    expect(await merge(server.client, first)).toMatchObject({ kind: 'applied', refusals });
    expect(await server.client.get(keys.mark('w'))).toBe('1 1,0 1 wrong_redis_type');
    await server.client.del(keys.writer('w'));
    expect(await merge(server.client, first)).toMatchObject({ kind: 'duplicate', refusals });
    expect(await server.client.get(keys.writer('w'))).toBe('1 1 wrong_redis_type');
  });

  it('gives its note to who sends a batch too late', async () => {
    await merge(server.client, first);
    expect(await merge(server.client, { batch: 3, ...increment(1), mark: { note: '3' } })).toMatchObject({
      ...{ kind: 'gap', noted: 1, note: '1,0' },
    });
    await server.client.set(keys.mark('w'), '7 7,0');
    expect(await merge(server.client, { batch: 3, ...increment(1), mark: {} })).toMatchObject({ noted: 1, note: '' });
    await server.client.del(keys.mark('w'));
    expect(await merge(server.client, { batch: 3, ...increment(1), mark: {} })).toMatchObject({ noted: 1, note: '' });
  });

  it('lets a writer skip batches that were reported missing, and no others', async () => {
    await merge(server.client, first);
    const call = { batch: 5, ...increment(1) };
    expect(await merge(server.client, { ...call, mark: { resumesAfter: 2 } })).toMatchObject({ kind: 'gap', noted: 1 });
    expect(await merge(server.client, { ...call, mark: { resumesAfter: 0 } })).toMatchObject({ kind: 'gap', noted: 1 });
    expect(await merge(server.client, { batch: 2, ...increment(1), mark: { resumesAfter: 0 } })).toMatchObject({
      ...{ kind: 'gap', noted: 1, note: '1,0' },
    });
    expect(await merge(server.client, { ...call, mark: { resumesAfter: 1 } })).toMatchObject({ kind: 'applied' });
    expect(await merge(server.client, { ...call, mark: { resumesAfter: 1 } })).toMatchObject({ kind: 'duplicate' });
    await server.client.del(keys.writer('w'), keys.mark('w'));
    expect(await merge(server.client, { ...call, mark: { resumesAfter: 1 } })).toMatchObject({ kind: 'unknown' });
    expect(await merge(server.client, { ...call, mark: { resumesAfter: 0 } })).toMatchObject({ kind: 'applied' });
    expect(await valueOf(server.client, 'counter', KEY)).toBe(3);
  });

  it('tells that a data set whose record is gone is the same one', async () => {
    await merge(server.client, first);
    await server.client.del(keys.writer('w'), keys.dataset);
    expect(await merge(server.client, { ...second, dataset: 'fresh-id' })).toMatchObject({ kind: 'applied' });
    await server.client.del(keys.writer('w'), keys.mark('w'), keys.dataset);
    const call = { ...second, batch: 3, dataset: 'fresh-id' };
    expect(await merge(server.client, call)).toMatchObject({ kind: 'dataset', dataset: '' });
  });

  it('tells the revision to its writer, and then whether the data went back before that', async () => {
    expect(await merge(server.client, first)).toMatchObject({ kind: 'applied', revision: '1' });
    expect(await merge(server.client, first)).toMatchObject({ kind: 'duplicate', revision: '1' });
    expect(await merge(server.client, second)).toMatchObject({ kind: 'applied', revision: '2' });
    const touch = { families: COUNTER, series: [[KEY, { touch: true, family: 'events' }]] } as const;
    expect(await merge(server.client, { batch: 3, ...touch, mark: {} })).toMatchObject({
      kind: 'applied',
      revision: '2',
    });

    await server.client.del(keys.writer('w'), keys.mark('w'));
    const call = { ...second, batch: 4, mark: { revision: '2' } };
    expect(await merge(server.client, call)).toMatchObject({ kind: 'unknown', isGone: false });
    expect(await merge(server.client, { ...call, dataset: 'other' })).toMatchObject({ kind: 'dataset', isGone: false });
    expect(await merge(server.client, { ...call, mark: { revision: '3' } })).toMatchObject({
      kind: 'unknown',
      isGone: true,
    });
    await server.client.del(keys.revision);
    expect(await merge(server.client, call)).toMatchObject({ kind: 'unknown', isGone: false });
    await server.client.lpush(keys.revision, 'x');
    expect(await merge(server.client, { ...call, dataset: 'other' })).toMatchObject({ kind: 'dataset', isGone: false });
    await server.client.del(keys.live);
    expect(await merge(server.client, { ...call, mark: {} })).toMatchObject({ kind: 'unknown', isGone: true });
    expect(await merge(server.client, { ...call, dataset: 'other' })).toMatchObject({ kind: 'dataset', isGone: true });
    expect(await valueOf(server.client, 'counter', KEY)).toBe(2);
  });

  it('tells no data that went back where the revision, too, was removed and others wrote on', async () => {
    await merge(server.client, first);
    await merge(server.client, second);
    await server.client.del(keys.writer('w'), keys.mark('w'), keys.revision);
    const [seconds = 0] = await server.client.time();
    const answer = await merge(server.client, { incarnation: 'other', ...first });
    expect(Number('revision' in answer ? answer.revision : 0)).toBeGreaterThanOrEqual(seconds * 1000);
    expect(await server.client.zscore(keys.changed, KEY)).toBe('revision' in answer ? answer.revision : '');
    const call = { ...second, batch: 3, mark: { revision: '2' } };
    expect(await merge(server.client, call)).toMatchObject({ kind: 'unknown', isGone: false });
  });

  it('begins revisions at 1 in new data', async () => {
    await merge(server.client, first);
    await server.client.flushall();
    expect(await merge(server.client, first)).toMatchObject({ kind: 'applied', revision: '1' });
  });

  it('tells what was refused beside the revision', async () => {
    await server.client.lpush(KEY, 'x');
    const others = { families: COUNTER, series: [...first.series, ...increment(1, 'metrics:counter:b').series] };
    expect(await merge(server.client, { ...others, mark: {} })).toMatchObject({
      ...{ kind: 'applied', revision: '1', refusals: new Map([[1, 'wrong_redis_type']]) },
    });
  });

  it('is malformed where its two arguments are missing, or none that they may be', async () => {
    await expect(merge(server.client, { ...increment(1), mark: { note: 'two words' } })).rejects.toThrow(/the note/);
    await expect(merge(server.client, { ...increment(1), mark: { note: '1'.repeat(257) } })).rejects.toThrow(
      /the note/,
    );
    await expect(merge(server.client, { ...increment(1), mark: { resumesAfter: -1 } })).rejects.toThrow(
      /the batch noted last/,
    );
    await expect(merge(server.client, { ...increment(1), mark: { revision: 'x' } })).rejects.toThrow(
      /the revision told last/,
    );
    const reply = server.client.eval(
      MERGE_SOURCE,
      ...[6, keys.dataset, keys.revision, keys.changed, keys.live, keys.writer('w'), keys.mark('w')],
      ...['1', '1', '', 'fresh-id', '1', '0', '60000', '0', 'two', 'arguments'],
    );
    await expect(reply).rejects.toThrow(/three more arguments with a mark/);
    expect(await server.client.dbsize()).toBe(0);
  });
});

describe('what forbids writing', () => {
  it('applies nothing when memory is full, and the same batch once when it is not', async () => {
    await merge(server.client, increment(1));
    await server.client.config('SET', 'maxmemory', '1');
    await expect(merge(server.client, { batch: 2, ...increment(1) })).rejects.toThrow(/^OOM/);
    await server.client.config('SET', 'maxmemory', '0');
    expect(await merge(server.client, { batch: 2, ...increment(1) })).toMatchObject({ kind: 'applied' });
    expect(await valueOf(server.client, 'counter', KEY)).toBe(2);
  });

  it('applies nothing on a replica', async () => {
    await merge(server.client, increment(1));
    await server.client.replicaof('127.0.0.1', '1');
    await expect(merge(server.client, { batch: 2, ...increment(1) })).rejects.toThrow(/^READONLY/);
    await server.client.replicaof('NO', 'ONE');
    expect(await merge(server.client, { batch: 2, ...increment(1) })).toMatchObject({ kind: 'applied' });
    expect(await valueOf(server.client, 'counter', KEY)).toBe(2);
  });

  it('applies nothing of a malformed call, and says what is wrong with it', async () => {
    const good = ['metrics:counter:events', { type: 'counter', family: 'events', add: 1 }] as const;
    const bad: readonly (readonly [Operation, RegExp])[] = [
      [{ type: 'counter', family: 'events', add: -1 }, /expected an operation on a counter/],
      [{ type: 'counter', family: 'events' }, /expected an operation on a counter/],
      [{ type: 'gauge', family: 'events', mode: 'last', set: 1, age: 0 }, /expected an operation on a counter/],
      [{ type: 'counter', family: 'missing', add: 1 }, /expected "family":1 to 1/],
    ];
    for (const [operation, message] of bad) {
      const series = [good, ['metrics:counter:other', operation] as const];
      await expect(merge(server.client, { families: COUNTER, series })).rejects.toThrow(message);
    }
    await expect(merge(server.client, { batch: 0, ...increment(1) })).rejects.toThrow(/the batch number/);
    expect(await server.client.dbsize()).toBe(0);
  });
});

describe('indexes', () => {
  it('notes what changed by revision and what lives by expiry', async () => {
    await merge(server.client, increment(1, 'metrics:counter:a'));
    await merge(server.client, { batch: 2, ...increment(1, 'metrics:counter:b') });
    await merge(server.client, { batch: 3, ...increment(1, 'metrics:counter:a') });
    expect(await server.client.zrange(keys.changed, '0', '-1', 'WITHSCORES')).toEqual([
      ...['metrics:counter:b', '2'],
      ...['metrics:counter:a', '3'],
    ]);
    const [expiry] = await server.client.zmscore(keys.live, ['metrics:counter:a']);
    expect(Math.abs(Number(expiry) - (await server.client.pexpiretime('metrics:counter:a')))).toBeLessThan(1000);
  });

  it('forgets a hundred expired series at a time', async () => {
    const expired = Array.from({ length: 150 }, (_, i) => `metrics:counter:gone_${i}`);
    await server.client.zadd(keys.live, ...expired.flatMap((key) => ['1000', key]));
    await server.client.zadd(keys.changed, ...expired.flatMap((key) => ['1', key]));
    await merge(server.client, increment(1));
    expect(await server.client.zcard(keys.live)).toBe(51);
    expect(await server.client.zcard(keys.changed)).toBe(51);
    await merge(server.client, { batch: 2, ...increment(1) });
    expect(await server.client.zrange(keys.live, '0', '-1')).toEqual([KEY]);
    expect(await server.client.zrange(keys.changed, '0', '-1')).toEqual([KEY]);
  });

  it('writes the series, and returns the error, where an index cannot be written', async () => {
    await server.client.set(keys.live, 'no sorted set');
    const answer = await merge(server.client, increment(1));
    expect(answer).toMatchObject({ kind: 'applied', indexError: expect.stringMatching(/^WRONGTYPE/) });
    expect(await recordOf(server.client, 'counter', KEY)).toMatchObject({ value: 1 });
  });

  it('renews an idle series without a new revision, and does not recreate a missing one', async () => {
    await merge(server.client, { ...increment(1), ttlMs: 5000 });
    const touches = {
      families: COUNTER,
      series: [
        [KEY, { touch: true, family: 'events' }],
        ['metrics:counter:gone', { touch: true, family: 'events' }],
      ],
    } as const;
    expect(await merge(server.client, { batch: 2, ...touches })).toMatchObject({
      kind: 'applied',
      refusals: new Map(),
    });
    expect(await server.client.pttl(KEY)).toBeGreaterThan(50_000);
    expect(await server.client.pttl(keys.family('events'))).toBeGreaterThan(50_000);
    expect(await server.client.zrange(keys.live, '0', '-1')).toEqual([KEY]);
    expect(await server.client.zscore(keys.changed, KEY)).toBe('1');
    expect(await server.client.exists('metrics:counter:gone')).toBe(0);
  });
});
