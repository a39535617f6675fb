import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startRedisServer, type RedisServer } from '@redmeter/test-servers';
import fc from 'fast-check';
import type { Redis } from 'ioredis';
import { once } from 'node:events';
import { checkExposition } from '../exposition/exposition-checker.js';
import { newReader, referenceText, textOf } from './application-text.js';
import { declare, touch, until, writeIndexed } from './redis-state.js';

let server: RedisServer;
let redis: Redis;
beforeAll(async () => {
  server = await startRedisServer();
  redis = await server.connect();
});
afterAll(async () => server.stop());

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
const keys = fc
  .tuple(
    fc.constantFrom('counter', 'gauge', 'histogram', 'meter'),
    fc.constantFrom('m', 'm_total', 'm_count', 'm_p50', 'n', 'up'),
    fc.constantFrom(...LABELS, ':a', ':le=1'),
  )
  .map(([type, name, labels]) => `metrics:${type}:${name}${labels}`);

const histogram = fc
  .record({
    counts: fc.array(fc.nat(5), { minLength: 3, maxLength: 3 }),
    bounds: fc.constantFrom([1, 5], [2, 5]),
    ages: fc.array(fc.constantFrom(10_000, 59_000, 90_000, 119_000, 170_000, 300_000), { maxLength: 2 }),
    timestamp: fc.option(fc.nat(3), { nil: undefined }),
  })
  .map(({ counts, bounds, ages, timestamp }) =>
    JSON.stringify({
      type: 'histogram',
      count: counts.reduce((sum, n) => sum + n, 0),
      sum: 1.5,
      bounds,
      counts,
      window: ages
        .sort((a, b) => b - a)
        .map((age) => ({ since: NOW - age, counts: counts.map((n) => Math.floor(n / 2)) })),
      timestamp,
    }),
  );
const values = fc.oneof(
  fc.nat(50).map(String),
  fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify({ value })),
  fc.tuple(fc.nat(9), fc.nat(3)).map(([value, timestamp]) => JSON.stringify({ value, timestamp })),
  fc.constantFrom('{"value":"NaN"}', '{"value":"-Inf"}', '{', '[]', '{"count":3,"sum":2,"p50":1}', '\xff'),
  histogram,
);

type Step =
  | { readonly do: 'write'; readonly values: Record<string, string> }
  | { readonly do: 'set' | 'list'; readonly key: string; readonly value: string }
  | { readonly do: 'delete' | 'incr' | 'announce' | 'touch' | 'expire'; readonly key: string }
  | { readonly do: 'declare'; readonly name: string; readonly type: string }
  | { readonly do: 'flush' | 'reconnect' | 'read' }
  | { readonly do: 'wait'; readonly ms: number };

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .dictionary(keys, values, { maxKeys: 4 })
      .map((written) => ({ do: 'write' as const, values: written })),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('set' as const), key: keys, value: values }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('list' as const), key: keys, value: fc.constant('x') }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom(...(['delete', 'incr', 'announce', 'touch', 'expire'] as const)),
      key: keys,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('declare' as const),
      name: fc.constantFrom('m', 'n', 'm_total'),
      type: fc.constantFrom('counter', 'gauge', 'histogram'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom(...(['flush', 'reconnect'] as const)) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1000, 31_000, 61_000) }) },
  { weight: 6, arbitrary: fc.constant({ do: 'read' as const }) },
);

async function take(step: Step, client: Redis): Promise<unknown> {
  switch (step.do) {
    case 'write':
      return writeIndexed(redis, step.values);
    case 'set':
      return redis.set(step.key, Buffer.from(step.value, 'latin1'));
    case 'list':
      return redis.multi().del(step.key).rpush(step.key, step.value).exec();
    case 'delete':
      return redis.del(step.key);
    case 'incr':
      // What holds no number stays as it is.
      return redis.incr(step.key).catch(String);
    case 'announce':
      return redis.sadd('metrics-meta:keys', step.key);
    case 'touch':
      return touch(redis, [step.key]);
    case 'expire':
      await redis.pexpire(step.key, 1);
      return until(async () => ((await redis.exists(step.key)) === 0 ? true : undefined));
    case 'declare':
      return declare(redis, step.name, { type: step.type, help: `Help of ${step.name}.` });
    case 'flush':
      return redis.flushall();
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

describe.each([
  ['in a database small enough to scan', 50_000],
  ['by the indexes alone', 0],
])('%s', (_name, scanLimitKeys) => {
  it('whatever happened, an incremental reading answers what a fresh one does', async () => {
    const client = await server.connect();
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { maxLength: 25 }), async (all) => {
        await redis.flushall();
        let nowMs = NOW;
        const reader = newReader(client, { scanLimitKeys, now: () => nowMs });
        for (const step of all) {
          await take(step, client);
          if (step.do === 'wait') nowMs += step.ms;
          if (step.do === 'read') await reader.read();
        }
        const result = await reader.read();
        const fresh = await newReader(client, { scanLimitKeys, now: () => nowMs }).read();
        expect(textOf(result)).toBe(textOf(fresh));
        expect(textOf(result)).toBe(await referenceText(client, nowMs, { scanLimitKeys }));
        expect([...result.snapshot.skipped.entries()]).toEqual([...fresh.snapshot.skipped.entries()]);
        expect(result.snapshot.lastWriteMs).toBe(fresh.snapshot.lastWriteMs);
        expect(checkExposition(textOf(result), 'text').problems).toEqual([]);
        expect(checkExposition(textOf(result, 'openmetrics'), 'openmetrics').problems).toEqual([]);
      }),
      { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 100) },
    );
  }, 120_000);
});
