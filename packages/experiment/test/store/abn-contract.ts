import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import type { MetricsStore } from '../../src/store/metrics-store.js';
import { killInTheMiddle, startWriter } from './store-process.js';

/** A fresh, empty store that can be opened several times, and the variables that choose it. */
export type OpenableStore = {
  readonly open: () => Promise<MetricsStore>;
  readonly variables: Record<string, string>;
};

const v1 = { version: 'v1', signature: 'a1', weight: 50 };
const v2 = { version: 'v2', signature: '', weight: 50 };

/** The store as a program without types sees it. */
type Untyped = Readonly<Record<keyof MetricsStore, (...given: readonly unknown[]) => Promise<unknown>>>;

/** The part of the contract that speaks of the metrics of versions. */
export function itKeepsAbnMetrics(make: () => Promise<OpenableStore>): void {
  describe('for A/B/n', () => {
    async function shop(): Promise<OpenableStore & { store: MetricsStore }> {
      const made = await make();
      const store = await made.open();
      await store.setVersions('shop', [v1, v2]);
      return { ...made, store };
    }

    it('knows no application at first, and says which there are', async () => {
      const store = await (await make()).open();
      expect([await store.applications(), await store.versions('shop'), await store.removeApplication('shop')]).toEqual(
        [[], undefined, false],
      );
      await store.setVersions('bank', [v1]);
      const unknown = {
        code: 'unknown_application',
        message: 'expected an application whose versions are set, one of bank, got "shop"',
      };
      await expect(store.lookup('shop', 'ann')).rejects.toMatchObject(unknown);
      await expect(
        store.writeMetric({ application: 'shop', user: 'ann', metric: 'm', value: 1, build: v1 }),
      ).rejects.toMatchObject(unknown);
      await expect(store.aggregate('shop', v1)).rejects.toMatchObject(unknown);
      await expect(store.builds('shop')).rejects.toMatchObject(unknown);
    });

    it('sends a user to the same version in every process, and counts the user once', async () => {
      const { store, open } = await shop();
      const other = await open();
      for (const user of ['ann', 'bob', 'cleo', 'dan']) {
        expect(await other.lookup('shop', user)).toEqual(await store.lookup('shop', user));
      }
      const counts = await Promise.all([v1, v2].map(async (build) => (await other.aggregate('shop', build)).numUsers));
      expect(counts.reduce((a, b) => a + b)).toBe(4);
    });

    it('aggregates over transactions and over users; who has no value of a metric does not count in it', async () => {
      const { store } = await shop();
      const write = (user: string, metric: string, value: number): Promise<void> =>
        store.writeMetric({ application: 'shop', user, metric, value, build: v1 });
      for (const value of [1, 2]) await write('zoe', 'spent', value);
      for (const value of [4, 8]) await write('ann', 'spent', value);
      await write('zoe', 'spent', 16);
      await write('bob', 'rating', -0.5);
      const { numUsers, metrics } = await store.aggregate('shop', v1);
      expect(numUsers).toBe(3);
      expect(Object.keys(metrics)).toEqual(['rating', 'spent']);
      expect(metrics['spent']?.overTransactions).toMatchObject({ count: 5, mean: 6.2, min: 1, max: 16 });
      // zoe 19, ann 12: not in the order of users, and between others.
      expect(metrics['spent']?.overUsers).toMatchObject({
        count: 2,
        mean: 15.5,
        standardDeviation: 3.5,
        min: 12,
        max: 19,
      });
      expect(metrics['rating']?.overUsers).toEqual({
        count: 1,
        mean: -0.5,
        standardDeviation: 0,
        min: -0.5,
        max: -0.5,
        histogram: [{ lower: -0.5, upper: -0.5, count: 1 }],
      });
    });

    it('keeps values to the last bit, and a transaction that is written again once', async () => {
      const { store } = await shop();
      const values = [0.1 + 0.2, 5e-324, -1e100, 2 ** 53 + 2];
      for (const [n, value] of values.entries()) {
        const write = { application: 'shop', user: `u${n}`, metric: `m${n}`, value, transaction: 't', build: v2 };
        await Promise.all([store.writeMetric(write), store.writeMetric(write)]);
        await store.writeMetric(write);
      }
      const { metrics } = await store.aggregate('shop', v2);
      expect(values.map((_, n) => metrics[`m${n}`]?.overTransactions)).toEqual(
        values.map((value) => expect.objectContaining({ count: 1, min: value, max: value, mean: value }) as unknown),
      );
    });

    it('keeps applications, versions, signatures, metrics, users and transactions apart, whatever they are called', async () => {
      const { store } = await shop();
      const odd = ['a', 'a:b', 'a%3Ab', '["a"]', 'ü {x} 🛒', 'a,b', ' ', '\\', '0', 'ä'.repeat(100)];
      await store.setVersions('shop:v1', [v1]);
      for (const name of odd) {
        const build = { version: name, signature: name };
        for (const other of ['a', name]) {
          await store.writeMetric({
            application: 'shop',
            user: other,
            metric: name,
            value: 1,
            transaction: other,
            build,
          });
        }
      }
      expect(await store.builds('shop')).toEqual([
        { version: 'v1', signature: 'a1' },
        { version: 'v2', signature: '' },
        ...[...odd].sort().map((name) => ({ version: name, signature: name })),
      ]);
      for (const name of odd) {
        const { numUsers, metrics } = await store.aggregate('shop', { version: name, signature: name });
        const expected = name === 'a' ? 1 : 2;
        expect([name, numUsers, Object.keys(metrics)]).toEqual([name, expected, [name]]);
        expect(metrics[name]?.overTransactions.count).toBe(expected);
      }
      expect(await store.builds('shop:v1')).toEqual([{ version: 'v1', signature: 'a1' }]);
    });

    it.each([NaN, Infinity, -Infinity, 1.1e100])('refuses the value %d, and keeps nothing of it', async (value) => {
      const { store } = await shop();
      await expect(
        store.writeMetric({ application: 'shop', user: 'ann', metric: 'spent', value, build: v1 }),
      ).rejects.toMatchObject({
        code: 'invalid_usage',
        message: `expected a value of spent from -1e+100 to 1e+100, got ${value}`,
      });
      expect(await store.aggregate('shop', v1)).toMatchObject({ numUsers: 0, metrics: {} });
    });

    it.each([
      ['an empty user', { user: '' }, /^expected a user to be a string of 1 to 200 bytes .*, got ""$/],
      ['a control character', { metric: 'a\0b' }, /^expected a metric to be/],
      ['a long name', { transaction: 'ä'.repeat(101) }, /^expected a transaction to be/],
      ['half a character', { build: { version: '\ud800', signature: '' } }, /^expected a version to be/],
    ])('refuses %s', async (_, wrong, message) => {
      const { store } = await shop();
      const write = { application: 'shop', user: 'ann', metric: 'spent', value: 1, build: v1, ...wrong };
      await expect(store.writeMetric(write)).rejects.toMatchObject({ code: 'invalid_usage', message });
    });

    it.each<[string, (store: Untyped) => Promise<unknown>, string]>([
      ['a user', (store) => store.lookup('shop', 5), 'expected a user to be a string, got 5'],
      ['no user', (store) => store.lookup('shop'), 'expected a user to be a string, got nothing'],
      ['an application', (store) => store.lookup(null, 'ann'), 'expected an application to be a string, got null'],
      [
        'an application to remove',
        (store) => store.removeApplication(5),
        'expected an application to be a string, got 5',
      ],
      ['versions', (store) => store.setVersions('shop', 'v1'), 'expected the versions to be a list, got "v1"'],
      ['a version', (store) => store.setVersions('shop', ['v1']), 'expected a version to be an object, got "v1"'],
      [
        'a weight',
        (store) => store.setVersions('shop', [{ ...v1, weight: '5' }]),
        'expected the weight of v1 to be a number from 0 to 1e9, got "5"',
      ],
      ['a build', (store) => store.aggregate('shop', 'v1'), 'expected a build to be an object, got "v1"'],
      [
        'a value',
        (store) => store.writeMetric({ application: 'shop', user: 'ann', metric: 'spent', value: '5' }),
        'expected a value of spent from -1e+100 to 1e+100, got "5"',
      ],
      [
        'the name of a result',
        (store) => store.get(5),
        'expected the name of a result to be a string of 1 to 200 characters without control characters, got 5',
      ],
    ])('refuses %s of another type, as programs without types pass it', async (_, call, message) => {
      const { store } = await shop();
      await expect(call(store as unknown as Untyped)).rejects.toMatchObject({ code: 'invalid_usage', message });
    });

    it('keeps what is called as what every object has', async () => {
      const { store, open } = await shop();
      const odd = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
      await store.setVersions('__proto__', [{ ...v1, version: '__proto__' }]);
      for (const name of odd) {
        const write = { application: '__proto__', user: name, metric: name, value: 1, transaction: name };
        await store.writeMetric(write);
      }
      const other = await open();
      expect(await other.applications()).toEqual(['__proto__', 'shop']);
      const { numUsers, metrics } = await other.aggregate('__proto__', { version: '__proto__', signature: 'a1' });
      expect([numUsers, Object.keys(metrics).sort()]).toEqual([4, [...odd].sort()]);
      expect(odd.map((name) => metrics[name]?.overUsers.count)).toEqual([1, 1, 1, 1]);
      expect((await other.aggregate('shop', v1)).metrics.constructor).toBeUndefined();
    });

    it('replaces the versions of an application, and keeps what their builds had', async () => {
      const { store, open } = await shop();
      await store.writeMetric({ application: 'shop', user: 'ann', metric: 'spent', value: 1, build: v1 });
      await store.setVersions('shop', [{ version: 'v3', signature: 'c3', weight: 1 }]);
      expect(await (await open()).lookup('shop', 'ann')).toEqual({ version: 'v3', signature: 'c3', weight: 1 });
      expect(await store.builds('shop')).toEqual([
        { version: 'v3', signature: 'c3' },
        { version: 'v1', signature: 'a1' },
      ]);
      expect((await store.aggregate('shop', v1)).metrics['spent']?.overUsers.count).toBe(1);
    });

    it('removes an application and no other', async () => {
      const { store } = await shop();
      await store.setVersions('shop2', [v1]);
      for (const application of ['shop', 'shop2']) {
        await store.writeMetric({ application, user: 'ann', metric: 'spent', value: 1, build: v1 });
      }
      expect(await store.removeApplication('shop')).toBe(true);
      expect([await store.removeApplication('shop'), await store.applications()]).toEqual([false, ['shop2']]);
      await store.setVersions('shop', [v1]);
      expect(await store.aggregate('shop', v1)).toMatchObject({ numUsers: 0, metrics: {} });
      expect((await store.aggregate('shop2', v1)).metrics).toHaveProperty('spent');
    });

    it('counts since a mark only who and what came after it, whatever is written again', async () => {
      const { store, open } = await shop();
      const write = (user: string, metric: string, value: number, transaction: string): Promise<void> =>
        store.writeMetric({ application: 'shop', user, metric, value, transaction, build: v1 });
      await write('ann', 'spent', 1, 'a');
      await write('ann', 'before', 7, 'b');
      await store.mark('shop', 'release/shop', 'step 1');
      await write('ann', 'spent', 1, 'a');
      await write('ann', 'spent', 2, 'c');
      await write('bob', 'spent', 4, 'a');
      // The mark of the same moment, taken again, stays.
      await (await open()).mark('shop', 'release/shop', 'step 1');
      const { numUsers, metrics, byUser, byCountedUser, knownMetrics } = await store.aggregateByUser('shop', v1, {
        since: 'release/shop',
        whole: ['before'],
      });
      expect([numUsers, knownMetrics]).toEqual([1, ['before', 'spent']]);
      expect(metrics['spent']?.overTransactions).toMatchObject({ count: 2, min: 2, max: 4 });
      expect(metrics['before']?.overTransactions).toMatchObject({ count: 1, mean: 7 });
      expect([...(byUser.get('spent') ?? [])].sort()).toEqual([
        ['ann', { sum: 2, count: 1 }],
        ['bob', { sum: 4, count: 1 }],
      ]);
      expect([...(byCountedUser.get('spent') ?? [])]).toEqual([['bob', { sum: 4, count: 1 }]]);
      expect((await store.aggregate('shop', v1)).metrics['spent']?.overTransactions.count).toBe(3);

      await store.mark('shop', 'release/shop', 'step 2');
      expect(await store.aggregateByUser('shop', v1, { since: 'release/shop' })).toMatchObject({
        numUsers: 0,
        metrics: {},
      });
      await store.removeApplication('shop');
      await store.setVersions('shop', [v1]);
      await expect(store.aggregateByUser('shop', v1, { since: 'release/shop' })).rejects.toMatchObject({
        code: 'unknown_mark',
        message: 'expected the mark release/shop of shop in the store, found none',
      });
    });

    it('keeps a text under a name, in the place of the one before, until its application is removed', async () => {
      const { store, open } = await shop();
      const text = '{"a":"ü \\n €"}';
      expect(await store.readMark('cart', 'release/cart/redis')).toBeUndefined();
      // Its versions need not be set.
      for (const application of ['shop', 'cart']) {
        await store.writeMark(application, 'release/cart/redis', 'before');
        await store.writeMark(application, 'release/cart/redis', text);
        await store.writeMark(application, 'other', '');
      }
      const later = await open();
      expect([await later.readMark('cart', 'release/cart/redis'), await later.readMark('cart', 'other')]).toEqual([
        text,
        '',
      ]);
      expect(await later.removeApplication('cart')).toBe(true);
      expect([await store.readMark('cart', 'release/cart/redis'), await store.readMark('cart', 'other')]).toEqual([
        undefined,
        undefined,
      ]);
      expect(await store.readMark('shop', 'release/cart/redis')).toBe(text);
      await expect(store.writeMark('', 'other', text)).rejects.toMatchObject({ code: 'invalid_usage' });
    });

    it('takes values from two processes at once, each once', async () => {
      const { store, variables } = await shop();
      const writers = ['x', 'y'].map((prefix) =>
        startWriter({ script: 'abn-writer.ts', prefix, count: 40, variables }),
      );
      await Promise.all(writers.map((writer) => once(writer, 'close')));
      const { spent, users } = await total(store);
      // Twice 0.1 + 1.1 + … + 39.1.
      expect([spent.count, users]).toEqual([80, 7]);
      expect(spent.sum).toBeCloseTo(2 * (780 + 4), 9);
    });

    it('goes on for one process while others are killed in the middle of writes', async () => {
      const { store, variables } = await shop();
      const survivor = startWriter({ script: 'abn-writer.ts', prefix: 's', count: 400, variables });
      const ended = once(survivor, 'close');
      survivor.stdout.resume();
      const acknowledged = await Promise.all(
        ['k', 'l'].map((prefix) => killInTheMiddle({ script: 'abn-writer.ts', prefix, variables }, 20)),
      );
      expect(await ended).toEqual([0, null]);
      expect((await total(store)).spent.count).toBeGreaterThanOrEqual(400 + acknowledged.flat().length);
    });

    it('loses no acknowledged value when a writer is killed, opens, and counts what is tried again once', async () => {
      const { open, variables } = await shop();
      const acknowledged = await killInTheMiddle({ script: 'abn-writer.ts', prefix: 'k', variables }, 30);
      const store = await open();
      const { spent } = await total(store);
      expect(spent.count).toBeGreaterThanOrEqual(acknowledged.length);
      // What was under way at the kill may be there or not.
      expect(spent.count).toBeLessThanOrEqual(acknowledged.length + 2);
      const again = startWriter({ script: 'abn-writer.ts', prefix: 'k', count: acknowledged.length + 2, variables });
      again.stdout.resume();
      await once(again, 'close');
      expect((await total(store)).spent.count).toBe(acknowledged.length + 2);
    });
  });
}

/** Over both versions: users were sent to either. */
async function total(store: MetricsStore): Promise<{ spent: { count: number; sum: number }; users: number }> {
  const builds = await Promise.all([v1, v2].map((build) => store.aggregate('shop', build)));
  const spent = { count: 0, sum: 0 };
  for (const { metrics } of builds) {
    const over = metrics['spent']?.overTransactions;
    spent.count += over?.count ?? 0;
    spent.sum += (over?.count ?? 0) * (over?.mean ?? 0);
  }
  return { spent, users: builds.reduce((sum, { numUsers }) => sum + numUsers, 0) };
}
