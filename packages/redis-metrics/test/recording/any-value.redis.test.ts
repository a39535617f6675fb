import { describe, expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import fc from 'fast-check';
import type { Counter, Gauge, Histogram, RedisMetricsService } from '../../src/index.js';
import { fieldsOf } from '../lua/merge-call.js';
import { RecordedLog } from '../service/recorded-log.js';
import { useServices } from '../service/use-services.js';

const server = useRedisServer({ flushBeforeEach: true });
const { startService } = useServices(() => ({
  ...{ redis: server.url, flushIntervalMs: 60_000, ownMetrics: false, logger: new RecordedLog() },
}));

/** All kinds of instruments, and a counter that nobody hands a bad value. */
class Instruments {
  readonly histograms: readonly Histogram[];
  readonly gauges: readonly Gauge[];
  readonly counter: Counter;
  readonly #service: RedisMetricsService;
  readonly #good: Counter;
  #expected = 0;

  constructor() {
    this.#service = startService();
    const { histogram, gauge } = {
      histogram: this.#service.histogram.bind(this.#service),
      gauge: this.#service.gauge.bind(this.#service),
    };
    this.histograms = [
      histogram({ name: 'classic_ms', buckets: [1, 2] }).labels(),
      histogram({ name: 'native_ms', buckets: 'native' }).labels(),
      histogram({ name: 'both_ms', buckets: 'native', classicBuckets: [1, 2], maxBuckets: 8 }).labels(),
    ];
    this.gauges = (['last', 'process', 'sum'] as const).map((mode) => gauge({ name: `gauge_${mode}`, mode }).labels());
    this.counter = this.#service.counter({ name: 'any_total' }).labels();
    this.#good = this.#service.counter({ name: 'good_total' }).labels();
  }

  /** Whether the batch with the values that were recorded arrives, and no series of it is refused. */
  async arrive(): Promise<void> {
    this.#good.inc();
    this.#expected += 1;
    await this.#service.flush();
    expect(await fieldsOf(server.client, 'metrics:counter:good_total')).toMatchObject({ value: this.#expected });
    for (const { dropped } of Object.values(this.#service.stats()).filter(isTally)) {
      expect(Object.keys(dropped)).not.toContain('refused');
    }
  }
}

function isTally(stats: unknown): stats is { readonly dropped: object } {
  return typeof stats === 'object' && stats !== null && 'dropped' in stats;
}

const junk = fc.anything({
  ...{ withNullPrototype: true, withBigInt: true, withDate: true, withMap: true, withSet: true },
  ...{ withTypedArray: true, withSparseArray: true, withBoxedValues: true, maxDepth: 2 },
});
const odd = fc.constantFrom<unknown>(
  ...[undefined, null, -0, 0.5, -1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e-320, 1e308],
  ...[2 ** 31, 2 ** 53 - 1, 2 ** 53, 2 ** 60, '1', [], {}, [undefined], new Array(3), Symbol('s'), () => 1],
);
/** Mostly one of these values, sometimes any other. */
const mostly = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 6, arbitrary }, { weight: 1, arbitrary: odd }, { weight: 1, arbitrary: junk });
const counts = fc.array(mostly(fc.nat(9)), { maxLength: 4 });
const side = fc.record(
  {
    indexes: mostly(fc.array(mostly(fc.integer({ min: -9000, max: 9000 })), { maxLength: 4 })),
    counts: mostly(counts),
  },
  { requiredKeys: [] },
);
const observations = fc.record(
  {
    ...{ bounds: mostly(fc.oneof(fc.constant([1, 2]), fc.array(mostly(fc.double()), { maxLength: 4 }))) },
    ...{ counts: mostly(counts), sum: mostly(fc.double()), schema: mostly(fc.integer({ min: -6, max: 22 })) },
    ...{ zeroThreshold: mostly(fc.double({ min: 0 })), zeroCount: mostly(fc.nat(9)) },
    ...{ positive: mostly(side), negative: mostly(side) },
  },
  { requiredKeys: [], noNullPrototype: false },
);
const exemplar = mostly(
  fc.dictionary(
    fc.oneof(
      fc.constantFrom('trace_id', '__proto__', 'toJSON', 'constructor', 'a b', ''),
      fc.string({ unit: 'binary' }),
    ),
    mostly(fc.string({ unit: 'binary' })),
    { maxKeys: 3 },
  ),
);

describe('whatever an application records', () => {
  it('with merge() arrives or is dropped, and the counter beside it arrives', async () => {
    const instruments = new Instruments();
    await fc.assert(
      fc.asyncProperty(fc.array(mostly(observations), { minLength: 1, maxLength: 8 }), async (given) => {
        for (const one of given) for (const histogram of instruments.histograms) histogram.merge(one as never);
        await instruments.arrive();
      }),
      { numRuns: 400 },
    );
  });

  it('with inc(), set(), dec() and observe(), exemplars included, does too', async () => {
    const instruments = new Instruments();
    const call = fc.tuple(mostly(fc.double()), exemplar);
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 8 }), async (calls) => {
        for (const [value, labels] of calls as [never, never][]) {
          instruments.counter.inc(value, labels);
          instruments.counter.inc(1, labels);
          for (const histogram of instruments.histograms) {
            histogram.observe(value, labels);
            histogram.observe(3, labels);
          }
          for (const gauge of instruments.gauges) {
            gauge.set(value);
            gauge.inc(value);
            gauge.dec(value);
          }
        }
        await instruments.arrive();
      }),
      { numRuns: 400 },
    );
  });

  it.each(hostile())('does with %s', async (_what, newValue) => {
    const instruments = new Instruments();
    for (const value of [newValue(), { schema: 3, positive: newValue(), sum: 1 }] as never[]) {
      for (const histogram of instruments.histograms) {
        histogram.merge(value);
        histogram.observe(value, value);
        histogram.observe(1, value);
      }
      for (const bounds of [[1, 2], value]) {
        for (const histogram of instruments.histograms) histogram.merge({ bounds, counts: value, sum: 1 });
      }
      instruments.counter.inc(value, value);
      instruments.counter.inc(1, value);
      for (const gauge of instruments.gauges) {
        gauge.set(value);
        gauge.inc(value);
        gauge.dec(value);
      }
    }
    await instruments.arrive();
  });

  it('more observations than a number can count do', async () => {
    const instruments = new Instruments();
    for (const histogram of instruments.histograms) {
      histogram.merge({ bounds: [1, 2], counts: [Number.MAX_SAFE_INTEGER - 1, 0, 0], sum: 1 });
      for (let i = 0; i < 4; i += 1) histogram.observe(i);
      histogram.merge({ schema: 0, zeroCount: 2, sum: 0 });
    }
    await instruments.arrive();
    expect(await fieldsOf(server.client, 'metrics:histogram:classic_ms')).toMatchObject({
      count: Number.MAX_SAFE_INTEGER,
    });
  });
});

/** Objects that behave as no plain one does; each time new ones. */
function hostile(): [what: string, newValue: () => unknown][] {
  const fail = (): never => {
    throw Object.create(null) as unknown;
  };
  let turn = 0;
  const turning = (...values: unknown[]): unknown => values[(turn += 1) % values.length];
  return [
    ['an undefined schema beside bounds', () => ({ schema: undefined, bounds: [1, 2], counts: [1, 2, 3], sum: 5 })],
    ['an inherited schema', (): unknown => Object.create({ schema: 3, positive: { indexes: [1], counts: [1] }, sum: 1 }) as unknown],
    ['a getter that changes', () => ({
      ...{ bounds: [1, 2], counts: [1, 2, 3], positive: { indexes: [1], counts: [1] } },
      get schema(): unknown { return turning(3, undefined, 99); },
      get sum(): unknown { return turning(1, 'x', Number.NaN); },
      get trace_id(): unknown { return turning('a', {}, 'b'.repeat(200)); },
    })],
    ['lists that change', () => ({
      schema: 3,
      positive: { get indexes(): unknown { return turning([1, 2], [1], [2, 1]); }, counts: [1, 2] },
      sum: 1,
    })],
    ['a list whose elements change', () => {
      const counts = [1, 2, 3];
      Object.defineProperty(counts, 1, { get: () => turning(1, -1, 0.5) });
      return counts;
    }],
    ['a list with an iterator of its own', () => Object.assign([1, 2, 3], { [Symbol.iterator]: fail })],
    ['a list that is too long', () => new Array<number>(2 ** 32 - 1)],
    ['getters that throw', () => ({ get schema(): never { return fail(); }, get sum(): never { return fail(); } })],
    ['an exemplar that throws', () => ({ get trace_id(): never { return fail(); } })],
    ['a proxy that throws', () => new Proxy({}, { get: fail, has: fail, ownKeys: fail })],
    ['a revoked proxy', () => { const { proxy, revoke } = Proxy.revocable([], {}); revoke(); return proxy; }],
    ['a value whose conversion throws', () => ({ valueOf: fail, toString: fail, [Symbol.toPrimitive]: fail })],
    ['text with NUL', () => ({ trace_id: 'a\0b', sum: '\0' })],
  ]; // prettier-ignore
}
