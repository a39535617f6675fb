import { describe, expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { keys, merge, type Call } from './merge-call.js';

const server = useRedisServer({ flushBeforeEach: true });

/** Every field that some family or operation has, as a language with one record type for all of them writes them. */
const NULLS = {
  family: { help: null, unit: null, bounds: null, mode: null, age: null, declared: null },
  operation: {
    ...{ type: null, mode: null, add: null, set: null, age: null, lease: null },
    ...{ counts: null, sum: null, touch: null, remove: null },
  },
};
const FALSE = { family: {}, operation: { touch: false, remove: false } };

interface Kind {
  readonly family: object;
  readonly operation: object;
}

const kinds = {
  counter: { family: { type: 'counter' }, operation: { type: 'counter', add: 5 } },
  'gauge of mode last': {
    family: { type: 'gauge' },
    operation: { type: 'gauge', mode: 'last', set: 3, age: 0 },
  },
  'gauge of mode process': {
    family: { type: 'gauge', mode: 'process' },
    operation: { type: 'gauge', mode: 'process', set: 3, age: 0, lease: 5000 },
  },
  'gauge of mode sum': {
    family: { type: 'gauge', mode: 'sum' },
    operation: { type: 'gauge', mode: 'sum', add: -2 },
  },
  histogram: {
    family: { type: 'histogram', bounds: [5, 10] },
    operation: { type: 'histogram', counts: [1, 0, 2], sum: 40 },
  },
} satisfies Record<string, Kind>;
const names = Object.keys(kinds) as (keyof typeof kinds)[];

function callOf({ family, operation }: Kind, batch = 1): Call {
  return {
    batch,
    families: { jobs: family },
    series: [[`metrics:jobs`, { ...operation, family: 'jobs' }]],
  };
}

/** What is in Redis after the calls, without times. */
async function storedAfter(...calls: readonly Call[]): Promise<Record<string, string | null>> {
  await server.client.flushall();
  for (const call of calls)
    expect(await merge(server.client, call)).toMatchObject({ kind: 'applied', refusals: new Map() });
  const stored = [keys.family('jobs'), 'metrics:jobs'].map(
    async (key) => [key, ((await server.client.get(key)) ?? '').replace(/\d{13}/g, 't')] as const,
  );
  return Object.fromEntries(await Promise.all(stored));
}

describe.each(names)('a %s', (name) => {
  const { family, operation }: Kind = kinds[name];

  it.each(Object.entries({ null: NULLS, false: FALSE }))(
    'with %s for all that it does not say is one that does not say it',
    async (_what, none) => {
      const padded = { family: { ...none.family, ...family }, operation: { ...none.operation, ...operation } };
      const plain = await storedAfter(callOf({ family, operation }), callOf({ family, operation }, 2));
      expect(await storedAfter(callOf(padded), callOf(padded, 2))).toEqual(plain);
    },
  );

  it('is touched and removed with null for all that is not said', async () => {
    const touch = { ...NULLS.operation, touch: true };
    const once = await storedAfter(callOf({ family, operation }));
    expect(await storedAfter(callOf({ family, operation }), callOf({ family, operation: touch }, 2))).toEqual(once);
    const remove = { ...NULLS.operation, remove: true };
    await storedAfter(callOf({ family, operation }), callOf({ family, operation: remove }, 2));
    expect(await server.client.exists('metrics:jobs')).toBe(0);
  });

  it.each(Object.keys(operation))('without its %s is malformed, and with null for it as well', async (field) => {
    for (const value of [undefined, null]) {
      const call = callOf({ family, operation: { ...operation, [field]: value } });
      await expect(merge(server.client, call)).rejects.toThrow(
        /^ERR redmeter merge: ARGV\[10\]: expected an operation on/,
      );
    }
    expect(await server.client.dbsize()).toBe(0);
  });

  it.each(['touch', 'remove'])('whose %s is neither true nor false is malformed', async (field) => {
    for (const value of [0, 1, '', 'true', {}, []]) {
      for (const given of [{ ...operation, [field]: value }, { [field]: value }]) {
        await expect(merge(server.client, callOf({ family, operation: given }))).rejects.toThrow(
          /^ERR redmeter merge: ARGV\[10\]: expected remove and touch to be true or false/,
        );
      }
    }
    expect(await server.client.dbsize()).toBe(0);
  });

  const whole = name === 'gauge of mode process' ? ['remove'] : ['touch', 'remove'];
  it.each(whole)('is not lost in a %s: that is malformed', async (field) => {
    await expect(merge(server.client, callOf({ family, operation: { ...operation, [field]: true } }))).rejects.toThrow(
      /^ERR redmeter merge: ARGV\[10\]: expected either a value or to remove or touch/,
    );
    expect(await server.client.dbsize()).toBe(0);
  });
});

it('a histogram with null for its bounds is malformed', async () => {
  const { operation } = kinds.histogram;
  await expect(
    merge(server.client, callOf({ family: { type: 'histogram', bounds: null }, operation })),
  ).rejects.toThrow(/expected ascending, finite bounds/);
});

it('bounds and a lease are left out where they mean nothing', async () => {
  const bare = await storedAfter(callOf(kinds['gauge of mode last']));
  const { family, operation } = kinds['gauge of mode last'];
  const given = callOf({ family: { ...family, bounds: [] }, operation: { ...operation, lease: 0 } });
  expect(await storedAfter(given)).toEqual(bare);
  expect(await server.client.pttl('metrics:jobs')).toBeGreaterThan(50_000);
});
