import { describe, expect, it } from '@jest/globals';
import { internalKeys, shardTags, type KeySpace } from '@redmeter/metric-format';
import { waitFor } from '@redmeter/test-servers';
import { useRedisServer } from '@redmeter/test-servers/jest';
import fc from 'fast-check';
import type { Redis } from 'ioredis';
import { once } from 'node:events';
import { checkExposition } from '../../../exposition/exposition-checker.js';
import { newReader, referenceText, messagesOf, textOf } from '../../application-text.js';
import { merge, type MergeStep } from '../../merge-writer.js';
import { touch, writeIndexed, writeToShard } from '../../redis-state.js';

const server = useRedisServer();

const NOW = Date.now();
const LABELS = [
  '',
  ':a=1',
  ':a=2',
  ':a=1,b=x%2Cy',
  ':b=x%2Cy,a=1',
  ':a=%31',
  ':a=%22%5C%0A',
  ':a=\u{1F600}',
  ':a=\uFFFD',
];
const SHARDS = 3;
const TAGS = shardTags(SHARDS);
/** A tag that no data set has, as other languages may put it into keys. */
const FOREIGN_TAG = 'x';
/** More keys than are read again in turn: what is seen is seen by what the indexes say. */
const OTHERS = 600;

/** Where keys lie: what a tag of keys is, for a database with a data set of so many shards. */
const tagsOf = (shards: number): (string | undefined)[] => (shards === 1 ? [undefined] : [undefined, ...TAGS]);
const startOf = (tag: string | undefined): string => (tag === undefined ? 'metrics:' : `metrics:{${tag}}:`);

const keysNamed = (names: readonly string[], tags: readonly (string | undefined)[]): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom(...tags),
      fc.constantFrom('counter', 'gauge', 'histogram', 'meter'),
      fc.constantFrom(...names),
      fc.constantFrom(...LABELS, ':a', ':le=1'),
    )
    .map(([tag, type, name, labels]) => `${startOf(tag)}${type}:${name}${labels}`);
/** Of metrics that writers record; each of them has one type for those that use the merge script. */
const NAMES = ['m', 'm_total', 'm_count', 'm_p50', 'n', 'up'];
const MERGED = { m: 'histogram', m_total: 'counter', n: 'gauge' } as const;
/** Few keys, so that several steps are about one. */
const few = (names: readonly string[], tags: readonly (string | undefined)[]): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 1, arbitrary: keysNamed(names, tags) },
    {
      weight: 3,
      arbitrary: fc
        .tuple(fc.constantFrom(...tags.slice(0, 2)), fc.constantFrom(...names.slice(0, 2)), fc.constantFrom('', ':a=1'))
        .map(([tag, name, labels]) => `${startOf(tag)}${name === 'm' ? 'histogram' : 'counter'}:${name}${labels}`),
    },
  );
/** Of metrics that are only ever written by hand. */
const NAMES_BY_HAND = ['h', 'h_total'];

const exemplars = fc.array(
  fc.record({
    labels: fc.dictionary(fc.constantFrom('trace_id', 'b.c'), fc.constantFrom('x', 'é"'), { minKeys: 1 }),
    value: fc.constantFrom(0.5, 3, 9),
    timestamp: fc.option(fc.nat(3), { nil: undefined }),
  }),
  { maxLength: 2 },
);
const native = fc
  .record({
    counts: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 }),
    schema: fc.constantFrom(-1, 3),
    zeroCount: fc.nat(3),
    exemplars,
  })
  .map(({ counts, zeroCount, ...fields }) =>
    JSON.stringify({
      ...fields,
      count: counts.reduce((sum, n) => sum + n, zeroCount),
      sum: 1.5,
      zeroCount,
      positive: { indexes: counts.map((_, i) => 3 * i - 2), counts },
    }),
  );
const histogram = fc
  .record({
    counts: fc.array(fc.nat(5), { minLength: 3, maxLength: 3 }),
    bounds: fc.constantFrom([1, 5], [2, 5]),
    ages: fc.array(fc.constantFrom(10_000, 59_000, 90_000, 119_000, 170_000, 300_000), { maxLength: 2 }),
    timestamp: fc.option(fc.nat(3), { nil: undefined }),
    exemplars,
  })
  .map(({ counts, bounds, ages, timestamp, exemplars: traced }) =>
    JSON.stringify({
      type: 'histogram',
      count: counts.reduce((sum, n) => sum + n, 0),
      sum: 1.5,
      bounds,
      counts,
      window: ages
        .sort((a, b) => b - a)
        .map((age) => ({ since: NOW - age, counts: counts.map((n) => Math.floor(n / 2)) })),
      exemplars: traced,
      timestamp,
    }),
  );
const values = fc.oneof(
  fc.nat(50).map(String),
  fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify({ value })),
  fc.tuple(fc.nat(9), fc.nat(3)).map(([value, timestamp]) => JSON.stringify({ value, timestamp })),
  fc.constantFrom('{"value":"NaN"}', '{"value":"-Inf"}', '{', '[]', '{"count":3,"sum":2,"p50":1}', '\xff'),
  fc.record({ value: fc.nat(9), exemplars }).map((counter) => JSON.stringify(counter)),
  histogram,
  native,
);

type Step =
  | { readonly do: 'write'; readonly tag: string | undefined; readonly values: Record<string, string> }
  | { readonly do: 'merge'; readonly tag: string | undefined; readonly steps: readonly MergeStep[] }
  | { readonly do: 'set' | 'list' | 'hash'; readonly key: string; readonly value: string }
  | { readonly do: 'delete' | 'incr' | 'announce' | 'touch' | 'expire'; readonly key: string }
  | { readonly do: 'declare'; readonly name: string; readonly type: string; readonly tag: string | undefined }
  | { readonly do: 'flush' | 'reconnect' | 'read' }
  | { readonly do: 'wait'; readonly ms: number };

/**
 * What may happen to a database.
 * @param isLarge whether only the indexes are read of it: then what somebody does by hand to keys that an index names is
 * exempt, as it is found in turn, 250 keys in each reading
 */
function stepsOf(shards: number, isLarge: boolean): fc.Arbitrary<Step> {
  const tags = tagsOf(shards);
  const tag = fc.constantFrom(...tags);
  const byHand = isLarge
    ? few(NAMES_BY_HAND, [...tags, FOREIGN_TAG])
    : few([...NAMES, ...NAMES_BY_HAND], [...tags, FOREIGN_TAG]);
  const merged = fc.record({
    name: fc.constantFrom(...(['m', 'm_total', 'n'] as const)),
    labels: fc.oneof(fc.constantFrom('', ':a=1'), fc.constantFrom(...LABELS)),
    what: fc.constantFrom(...(['record', 'record', 'touch', 'remove'] as const)),
  });
  return fc.oneof(
    {
      weight: 4,
      arbitrary: tag.chain((one) =>
        fc
          .dictionary(few(NAMES, [one]), values, { maxKeys: 4 })
          .map((written) => ({ do: 'write' as const, tag: one, values: written })),
      ),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('merge' as const),
        tag,
        steps: fc
          .uniqueArray(merged, { selector: ({ name, labels }) => name + labels, minLength: 1, maxLength: 4 })
          .map((all) => all.map((one) => ({ ...one, type: MERGED[one.name] }))),
      }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('set' as const), key: byHand, value: values }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('list' as const), key: byHand, value: fc.constant('x') }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('hash' as const),
        key: byHand,
        value: fc.constantFrom('7', '8', 'x', ''),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constantFrom(...(['delete', 'incr', 'announce', 'expire'] as const)),
        key: byHand,
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('touch' as const), key: few(NAMES, [undefined]) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('declare' as const),
        name: fc.constantFrom('m', 'n', 'm_total', 'h'),
        type: fc.constantFrom('counter', 'gauge', 'histogram'),
        tag: fc.constantFrom(...tags, FOREIGN_TAG),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom(...(['flush', 'reconnect'] as const)) }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1000, 31_000, 61_000) }),
    },
    { weight: 6, arbitrary: fc.constant({ do: 'read' as const }) },
  );
}

/** As writers with shards have it once each of them wrote something. */
async function foundDataset(shards: number): Promise<void> {
  if (shards === 1) return;
  for (const tag of TAGS) {
    await server.client.setnx(
      internalKeys({ prefix: 'metrics', tag }).dataset,
      `{"format":1,"id":"d","shards":${shards}}`,
    );
  }
}

async function take(step: Step, client: Redis, shards: number): Promise<unknown> {
  switch (step.do) {
    case 'write':
      await foundDataset(shards);
      return step.tag === undefined
        ? writeIndexed(server.client, step.values)
        : writeToShard(server.client, { tag: step.tag, shards }, step.values);
    case 'merge':
      await foundDataset(shards);
      return merge(server.client, { tag: step.tag, shards: step.tag === undefined ? 1 : shards }, step.steps);
    case 'set':
      return server.client.set(step.key, Buffer.from(step.value, 'latin1'));
    case 'list':
      return server.client.multi().del(step.key).rpush(step.key, step.value).exec();
    case 'hash': {
      const fields = { value: step.value, count: step.value, sum: '1.5', timestamp: String(NOW) };
      return server.client.multi().del(step.key).hset(step.key, fields).exec();
    }
    case 'delete':
      return server.client.del(step.key);
    case 'incr':
      // What holds no number stays as it is.
      return server.client.incr(step.key).catch(String);
    case 'announce':
      return server.client.sadd(internalKeys(spaceOf(step.key, shards)).announced, step.key);
    case 'touch':
      return touch(server.client, [step.key]);
    case 'expire':
      await server.client.pexpire(step.key, 1);
      return waitFor(async () => (await server.client.exists(step.key)) === 0);
    case 'declare': {
      const space = { prefix: 'metrics', ...(step.tag === undefined ? {} : { tag: step.tag }) };
      const record = { type: step.type, help: `Help of ${step.name} in ${String(step.tag)}.` };
      return server.client.set(internalKeys(space).family(step.name), JSON.stringify(record));
    }
    case 'flush':
      return server.client.flushall();
    case 'reconnect': {
      const ended = once(client, 'end');
      client.disconnect();
      await ended;
      return client.connect();
    }
    case 'wait':
    case 'read':
      return undefined;
  }
}

/** Beside which indexes a key is announced. */
function spaceOf(key: string, shards: number): KeySpace {
  const tag = /^metrics:\{(\w+)\}:/.exec(key)?.[1];
  return { prefix: 'metrics', ...(tag === undefined || !tagsOf(shards).includes(tag) ? {} : { tag }) };
}

const FORMS_IN_TURN = [['text'], ['protobuf'], ['text', 'protobuf']] as const;

describe.each([
  ['in a database small enough to scan', { scanLimitKeys: 50_000, shards: 1, othersCount: OTHERS }],
  ['in a database small enough to scan, with shards', { scanLimitKeys: 50_000, shards: SHARDS, othersCount: OTHERS }],
  ['by the indexes alone', { scanLimitKeys: 0, shards: 1, othersCount: OTHERS }],
  ['by the indexes of shards alone', { scanLimitKeys: 0, shards: SHARDS, othersCount: OTHERS }],
  // Nearly all of them change at a time.
  ['by the indexes of few keys alone', { scanLimitKeys: 0, shards: 1, othersCount: 0 }],
])('%s', (_name, { scanLimitKeys, shards, othersCount }) => {
  it('whatever happened, an incremental reading answers what a fresh one does', async () => {
    const client = await server.connect();
    const others = Array.from(
      { length: othersCount },
      (_, i) => [`metrics:counter:others:i=${i}`, `{"value":${i}}`] as const,
    );
    await fc.assert(
      fc.asyncProperty(fc.array(stepsOf(shards, scanLimitKeys === 0), { maxLength: 25 }), async (all) => {
        await server.client.flushall();
        await writeIndexed(server.client, Object.fromEntries(others));
        let nowMs = NOW;
        // A fresh reading holds no count of before.
        const options = { scanLimitKeys, withCreated: true, holdMs: 0, now: () => nowMs };
        const verified = othersCount === 0 ? { verifiedKeys: 0 } : {};
        const reader = newReader(client, { ...options, ...verified });
        for (const [i, step] of all.entries()) {
          await take(step, client, shards);
          if (step.do === 'wait') nowMs += step.ms;
          // A form that a reading does not want is brought up to the moment by a later one.
          if (step.do === 'read') await reader.read(FORMS_IN_TURN[i % FORMS_IN_TURN.length]);
        }
        const result = await reader.read();
        const fresh = await newReader(client, options).read();
        expect(textOf(result)).toBe(textOf(fresh));
        expect(textOf(result, 'openmetrics', true)).toBe(textOf(fresh, 'openmetrics', true));
        expect(messagesOf(result)).toEqual(messagesOf(fresh));
        // Series of one shard stand after those of another.
        const inOrder = (text: string): unknown => (shards === 1 ? text : text.split('\n').sort());
        expect(inOrder(textOf(result))).toEqual(inOrder(await referenceText(client, nowMs, { scanLimitKeys })));
        expect([...result.snapshot.skipped.entries()]).toEqual([...fresh.snapshot.skipped.entries()]);
        expect(result.snapshot.lastWriteMs).toBe(fresh.snapshot.lastWriteMs);
        expect(checkExposition(textOf(result), 'text').problems).toEqual([]);
        expect(checkExposition(textOf(result, 'openmetrics', true), 'openmetrics').problems).toEqual([]);
      }),
      { numRuns: 50 },
    );
  }, 240_000);
});
