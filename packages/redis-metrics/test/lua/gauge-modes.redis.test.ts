import { describe, expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import type { GaugeMode } from '@redmeter/metric-format';
import fc from 'fast-check';
import { keys, merge, valueOf, type Call } from './merge-call.js';

const KEY = 'metrics:gauge:level';
const server = useRedisServer({ flushBeforeEach: true });

function gauge(mode: GaugeMode, operation: object): Pick<Call, 'families' | 'series'> {
  return {
    families: { level: { type: 'gauge', mode, declared: 1 } },
    series: [[KEY, { type: 'gauge', family: 'level', mode, ...operation }]],
  };
}

const set = (value: number | string): Pick<Call, 'families' | 'series'> => gauge('last', { set: value, age: 0 });
const add = (amount: number): Pick<Call, 'families' | 'series'> => gauge('sum', { add: amount });
const lease = (value: number, fields: object = {}): Pick<Call, 'families' | 'series'> =>
  gauge('process', { set: value, age: 0, lease: 3000, ...fields });
const modeConflict = { kind: 'applied', refusals: new Map([[1, 'mode_conflict']]) };

describe('gauges of mode sum', () => {
  it('are written as the format says, with a time to live', async () => {
    await merge(server.client, add(5));
    await merge(server.client, { incarnation: 'another', ...add(-7.5) });
    expect((await server.client.get(KEY))?.replace(/\d{13}/, 't')).toBe(
      '{"type":"gauge","mode":"sum","value":-2.5,"timestamp":t}',
    );
    expect(await server.client.pttl(KEY)).toBeGreaterThan(50_000);
    expect(await server.client.get(keys.family('level'))).toContain('"mode":"sum"');
  });

  it('take each batch once', async () => {
    await merge(server.client, add(5));
    expect(await merge(server.client, add(5))).toMatchObject({ kind: 'duplicate' });
    expect(await valueOf(server.client, 'gauge', KEY)).toBe(5);
  });

  it('add doubles exactly as JavaScript does', async () => {
    const amounts = fc.array(fc.double({ min: -1e300, max: 1e300, noNaN: true }), { minLength: 1, maxLength: 5 });
    let batch = 0;
    await fc.assert(
      fc.asyncProperty(amounts, async (all) => {
        await server.client.del(KEY);
        for (const amount of all) await merge(server.client, { batch: (batch += 1), ...add(amount) });
        const { value } = JSON.parse((await server.client.get(KEY)) ?? '') as { value: number };
        expect(value).toBe(all.reduce((sum, amount) => sum + amount, 0));
      }),
      { numRuns: 100 },
    );
  });

  it('do not become infinite', async () => {
    await merge(server.client, add(-1.7e308));
    expect(await merge(server.client, { batch: 2, ...add(-1.7e308) })).toMatchObject({
      refusals: new Map([[1, 'overflow']]),
    });
    expect(await valueOf(server.client, 'gauge', KEY)).toBe(-1.7e308);
  });

  it.each([
    ['0', -3, '-3'],
    ['-5', 2, '-3'],
    ['9007199254740993', -2, '9007199254740991'],
    ['1.5', -2, '-0.5'],
    ['5', 0.5, '5.5'],
  ])('add to the bare number %s, and leave it bare', async (bare, amount, sum) => {
    await server.client.set(KEY, bare);
    expect(await merge(server.client, add(amount))).toMatchObject({ refusals: new Map() });
    expect(await server.client.get(KEY)).toBe(sum);
  });
});

describe('gauges of mode process', () => {
  it('live as long as their lease', async () => {
    await merge(server.client, lease(5));
    expect((await server.client.get(KEY))?.replace(/\d{13}/, 't')).toBe(
      '{"type":"gauge","mode":"process","value":5,"timestamp":t}',
    );
    expect(await server.client.pttl(KEY)).toBeLessThanOrEqual(3000);
    // The script asks for the time once, and Redis for a key's expiry when it is set.
    const apartMs = Number(await server.client.zscore(keys.live, KEY)) - (await server.client.pexpiretime(KEY));
    expect(Math.abs(apartMs)).toBeLessThan(500);
  });

  it('are renewed by a touch that changes nothing, and set by it where nothing is left', async () => {
    await merge(server.client, lease(5));
    await server.client.pexpire(KEY, 1000);
    const revision = await server.client.get(keys.revision);
    await merge(server.client, { batch: 2, ...lease(5, { touch: true }) });
    expect(await server.client.pttl(KEY)).toBeGreaterThan(2000);
    // The two are written one after the other, and time passes between them.
    const apartMs = Number(await server.client.zscore(keys.live, KEY)) - (await server.client.pexpiretime(KEY));
    expect(Math.abs(apartMs)).toBeLessThan(500);
    expect(await server.client.get(keys.revision)).toBe(revision);
    await server.client.del(KEY);
    await merge(server.client, { batch: 3, ...lease(5, { touch: true }) });
    expect(await valueOf(server.client, 'gauge', KEY)).toBe(5);
  });

  it('refuse a bare number, whose time to live is not theirs', async () => {
    await server.client.set(KEY, '5');
    expect(await merge(server.client, lease(1))).toMatchObject(modeConflict);
    expect(await server.client.get(KEY)).toBe('5');
  });
});

describe('a mode that differs', () => {
  const calls = { last: set(1), process: lease(1), sum: add(1) };
  const modes = Object.keys(calls) as GaugeMode[];
  const pairs = modes.flatMap((stored) =>
    modes.filter((mode) => mode !== stored).map((mode) => [mode, stored] as const),
  );

  it.each(pairs)('is refused: %s where the metric is declared as %s', async (mode, stored) => {
    const record = `{"type":"gauge","mode":"${stored}","declared":5}`;
    await server.client.set(keys.family('level'), record);
    expect(await merge(server.client, calls[mode])).toMatchObject(modeConflict);
    expect(await server.client.exists(KEY)).toBe(0);
    expect(await server.client.get(keys.family('level'))).toBe(record);
  });

  it.each(pairs)('is refused: %s where the series is of mode %s', async (mode, stored) => {
    const record = `{"type":"gauge","mode":"${stored}","value":1,"timestamp":1000}`;
    await server.client.set(KEY, record);
    expect(await merge(server.client, calls[mode])).toMatchObject(modeConflict);
    expect(await server.client.get(KEY)).toBe(record);
  });
});

it.each([
  ['a mode that there is not', gauge('max' as GaugeMode, { set: 1, age: 0 })],
  ['another mode than its metric', { ...set(1), families: { level: { type: 'gauge', mode: 'sum', declared: 1 } } }],
  ['a sum that is set', gauge('sum', { set: 1, age: 0 })],
  ['a sum of text', gauge('sum', { add: '1' })],
  ['no lease', gauge('process', { set: 1, age: 0 })],
  ['a lease of nothing', gauge('process', { set: 1, age: 0, lease: 0 })],
])('a call with %s is malformed', async (_what, call) => {
  await expect(merge(server.client, call)).rejects.toThrow(/^ERR redmeter merge: ARGV/);
  expect(await server.client.keys('*')).toEqual([]);
});
