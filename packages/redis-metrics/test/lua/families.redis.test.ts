import { describe, expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { parseFamilyRecord, type MergeAnswer } from '@redmeter/metric-format';
import { keys, merge } from './merge-call.js';

const KEY = 'metrics:histogram:took_ms';
const FAMILY = keys.family('took_ms');
const server = useRedisServer({ flushBeforeEach: true });
let writers = 0;

/** Each call is by a writer of its own, so that batch numbers do not matter here. */
function declare(family: object, operation: object = { counts: [1, 0], sum: 1 }, key = KEY): Promise<MergeAnswer> {
  return merge(server.client, {
    incarnation: `w${(writers += 1)}`,
    families: { took_ms: family },
    series: [[key, { type: 'histogram', family: 'took_ms', ...operation }]],
  });
}

const applied = { kind: 'applied', refusals: new Map() };
const refused = (reason: string): object => ({ kind: 'applied', refusals: new Map([[1, reason]]) });

it('are written as the format says, and live as long as their series', async () => {
  await declare({ type: 'histogram', help: 'é "quoted"\n\\', unit: 'ms', bounds: [0.1], declared: 1763600000123 });
  const text = await server.client.get(FAMILY);
  expect(text).toBe(
    '{"type":"histogram","help":"é \\"quoted\\"\\n\\\\","unit":"ms","bounds":[0.1],"declared":1763600000123}',
  );
  expect(parseFamilyRecord(text ?? '')).toEqual({
    type: 'histogram',
    help: 'é "quoted"\n\\',
    unit: 'ms',
    hasDerivedBuckets: false,
  });
  await server.client.pexpire(FAMILY, 1000);
  await declare({ type: 'histogram', bounds: [0.1], declared: 1 });
  expect(await server.client.pttl(FAMILY)).toBeGreaterThan(50_000);
  expect(await server.client.get(FAMILY)).toBe(text);
});

it('are declared by their age, by the clock of Redis, where the writer does not know the time', async () => {
  const before = Date.now();
  await merge(server.client, {
    batchAgeMs: 1000,
    families: { took_ms: { type: 'gauge', age: 5000 } },
    series: [['metrics:gauge:took_ms', { type: 'gauge', family: 'took_ms', mode: 'last', set: 1, age: 0 }]],
  });
  const { declared, mode } = JSON.parse((await server.client.get(FAMILY)) ?? '') as { declared: number; mode: string };
  expect(declared).toBeGreaterThanOrEqual(before - 6001);
  expect(declared).toBeLessThanOrEqual(Date.now() - 5999);
  expect(mode).toBe('last');
});

it('of another type are refused, and do not live on by it', async () => {
  await server.client.set(FAMILY, '{"type":"counter","declared":1}', 'PX', 5000);
  expect(await declare({ type: 'histogram', bounds: [5], declared: 2 })).toMatchObject(refused('type_conflict'));
  expect(await server.client.exists(KEY)).toBe(0);
  expect(await server.client.pttl(FAMILY)).toBeLessThanOrEqual(5000);
});

it.each(['garbage', '{"type":"summary"}', '[]', '{"type":012}'])(
  'that are unreadable are rewritten: %s',
  async (text) => {
    await server.client.set(FAMILY, text);
    expect(await declare({ type: 'histogram', bounds: [5], declared: 2 })).toMatchObject(applied);
    expect(await server.client.get(FAMILY)).toBe('{"type":"histogram","bounds":[5],"declared":2}');
  },
);

describe('declared differently by two processes', () => {
  const older = { type: 'histogram', help: 'older', bounds: [5], declared: 1000 };

  it('keep their help and unit where the newer one gives none', async () => {
    await declare({ ...older, unit: 'ms' });
    await declare({ type: 'histogram', bounds: [5], declared: 2000 });
    expect(JSON.parse((await server.client.get(FAMILY)) ?? '')).toEqual({ ...older, unit: 'ms', declared: 2000 });
  });

  it('take help from the older one where there was none', async () => {
    await declare({ type: 'histogram', bounds: [5], declared: 2000 });
    await declare(older);
    expect(JSON.parse((await server.client.get(FAMILY)) ?? '')).toEqual({ ...older, declared: 2000 });
  });
});
