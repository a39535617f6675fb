import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { assess } from '../../src/assess/assess.js';
import type { ExperimentResult } from '../../src/result/experiment-result.js';
import { openMetricsStore } from '../../src/store/open-metrics-store.js';
import type { MetricsStore } from '../../src/store/metrics-store.js';
import type { StoredResult } from '../../src/store/result-store.js';
import { evenly, insightsOf, loadOf } from '../builders/insights.js';
import { itKeepsAbnMetrics } from './abn-contract.js';
import { itKeepsReleases } from './release-contract.js';
import { killInTheMiddle, startWriter } from './store-process.js';

/** An empty store, as the variables that choose it. */
export type StoreUnderTest = {
  readonly variables: Record<string, string>;
  /** Puts a text where the result of a name would be. */
  readonly plant: (name: string, text: string) => Promise<void>;
  readonly remove: () => Promise<void>;
};

const result: ExperimentResult = {
  startTime: '2026-11-20T12:00:00.000Z',
  numLoops: 2,
  numTasks: 2,
  numCompletedTasks: 2,
  failure: false,
  tasks: [{ name: 'http', state: 'completed' }],
  insights: assess(
    insightsOf(loadOf(evenly(100, 0.1 + 0.2, 99.99))),
    [{ metric: 'built-in/p95', bound: 'upper', limit: 50, confidence: 0.95 }],
    { max: [], min: [] },
  ),
};

const stored = (name: string, overrides: Partial<ExperimentResult> = {}): StoredResult => ({
  name,
  savedTime: '2026-11-20T12:30:00.000Z',
  result: { ...result, ...overrides },
});

/** What every adapter of the metrics store must do; each adapter's test calls it with a way to make an empty store. */
export function describeMetricsStore(adapter: string, makeStore: () => Promise<StoreUnderTest>): void {
  describe(`the ${adapter} metrics store`, () => {
    const endings: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const end of endings.splice(0).reverse()) await end();
    });

    async function make(): Promise<Omit<StoreUnderTest, 'remove'> & { open: () => Promise<MetricsStore> }> {
      const { variables, plant, remove } = await makeStore();
      endings.push(remove);
      return {
        variables,
        plant,
        open: async () => {
          const store = await openMetricsStore({}, variables);
          endings.push(() => store.close());
          return store;
        },
      };
    }

    it('gives back exactly what was put, also to those who open it later', async () => {
      const { open } = await make();
      const store = await open();
      await store.put(stored('checkout: v2 ü {a}'));
      expect(await store.get('checkout: v2 ü {a}')).toEqual(stored('checkout: v2 ü {a}'));
      expect(await (await open()).get('checkout: v2 ü {a}')).toEqual(stored('checkout: v2 ü {a}'));
    });

    it('is empty at first', async () => {
      const store = await (await make()).open();
      expect([await store.get('none'), await store.list(), await store.remove('none')]).toEqual([undefined, [], false]);
    });

    it('keeps a result whose name every object has', async () => {
      const store = await (await make()).open();
      for (const name of ['__proto__', 'constructor']) await store.put(stored(name));
      expect((await store.list()).map(({ name }) => name)).toEqual(['__proto__', 'constructor']);
      expect(await store.get('__proto__')).toEqual(stored('__proto__'));
      expect([await store.remove('__proto__'), await store.get('toString')]).toEqual([true, undefined]);
    });

    it('keeps the latest put of a name, and lists by name', async () => {
      const store = await (await make()).open();
      for (const name of ['b', 'a', 'c', 'b']) await store.put(stored(name));
      await store.put(stored('a', { failure: true }));
      expect(await store.list()).toEqual([
        { kind: 'result', ...stored('a', { failure: true }) },
        { kind: 'result', ...stored('b') },
        { kind: 'result', ...stored('c') },
      ]);
    });

    it('removes one and only one', async () => {
      const store = await (await make()).open();
      for (const name of ['a', 'ab']) await store.put(stored(name));
      expect([await store.remove('a'), await store.remove('a')]).toEqual([true, false]);
      expect((await store.list()).map(({ name }) => name)).toEqual(['ab']);
    });

    it.each([
      ['not at all', 'no JSON'],
      [
        '{"name":"b","savedTime":"","result":{}}',
        'result.startTime: Invalid input: expected string, received undefined',
      ],
    ])('names what it cannot read, goes on, and removes it: %s', async (text, problem) => {
      const { open, plant } = await make();
      await plant('b', text);
      const store = await open();
      for (const name of ['a', 'c']) await store.put(stored(name));
      expect(await store.list()).toEqual([
        { kind: 'result', ...stored('a') },
        { kind: 'unreadable', name: 'b', problem },
        { kind: 'result', ...stored('c') },
      ]);
      await expect(store.get('b')).rejects.toMatchObject({
        code: 'store_unavailable',
        message: `expected the result "b" in the format of this version of redmeter, got ${problem}`,
      });
      expect(await store.remove('b')).toBe(true);
      expect((await store.list()).map(({ name }) => name)).toEqual(['a', 'c']);
    });

    it('serves two processes at once', async () => {
      const { open, variables } = await make();
      const writers = ['x', 'y'].map((prefix) =>
        startWriter({ script: 'store-writer.ts', prefix, count: 40, variables }),
      );
      await Promise.all(writers.map((writer) => once(writer, 'close')));
      expect(await (await open()).list()).toHaveLength(80);
    });

    it('loses nothing acknowledged when a writer is killed, and opens', async () => {
      const { open, variables } = await make();
      const acknowledged = await killInTheMiddle({ script: 'store-writer.ts', prefix: 'k', variables }, 30);
      const store = await open();
      const names = new Set((await store.list()).map(({ name }) => name));
      expect(acknowledged.filter((name) => !names.has(name))).toEqual([]);
      await store.put(stored('after'));
      expect(await store.get('after')).toBeDefined();
    });

    itKeepsAbnMetrics(make);
    itKeepsReleases(make);
  });
}
