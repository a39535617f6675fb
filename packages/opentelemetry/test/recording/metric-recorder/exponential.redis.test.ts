import { expect, it } from '@jest/globals';
import { AggregationType } from '@opentelemetry/sdk-metrics';
import { useRedisServer } from '@redmeter/test-servers/jest';
import fc from 'fast-check';
import { RecordedLog } from '../../../../redis-metrics/test/service/recorded-log.js';
import { recordOf } from '../../records.js';
import { startSdkOf, useSdks } from '../../sdk.js';

const server = useRedisServer({ flushBeforeEach: true });
const options = () => ({ redis: server.url, ownMetrics: false, logger: new RecordedLog() });
const startSdk = useSdks(options);
const KEY = 'metrics:histogram:took';

interface NativeRecord {
  readonly count: number;
  readonly sum: number;
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly positive?: { readonly indexes: readonly number[]; readonly counts: readonly number[] };
  readonly negative?: { readonly indexes: readonly number[]; readonly counts: readonly number[] };
}

const exponential = (instrumentName: string, maxSize = 160) => ({
  instrumentName,
  aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM as const, options: { maxSize } },
});

it('become native ones, with indexes as Prometheus has them', async () => {
  const { meter, flush } = startSdk({}, { views: [exponential('took', 3)] });
  const took = meter.createHistogram('took');
  // Scale 0: (1, 2], (2, 4], (4, 8].
  for (const value of [0, 2, 3, 4, 5]) took.record(value);
  await flush();
  expect(await recordOf(server.client, KEY)).toMatchObject({
    ...{ count: 5, sum: 14, schema: 0, zeroCount: 1 },
    positive: { indexes: [1, 2, 3], counts: [1, 2, 1] },
  });
  took.record(0.75);
  await flush();
  const { count, sum, schema } = (await recordOf(server.client, KEY)) as unknown as NativeRecord;
  expect({ count, sum, schema }).toEqual({ count: 6, sum: 14.75, schema: 0 });
});

it('may be negative, and have no sum then', async () => {
  const { meter, flush } = startSdk({}, { views: [exponential('took', 4)] });
  const took = meter.createUpDownCounter('took');
  for (const value of [-1, -4, 0, 1]) took.add(value);
  await flush();
  const record = (await recordOf(server.client, KEY)) as unknown as NativeRecord;
  expect(record).toMatchObject({ count: 4, sum: 0, zeroCount: 1 });
  expect(record.positive?.counts).toEqual([1]);
  expect(record.negative?.counts).toEqual([1, 1]);
});

it('lose nothing when they are as wide as numbers can be', async () => {
  const { meter, exporter, flush } = startSdk({}, { views: [exponential('took', 2)] });
  const took = meter.createHistogram('took');
  for (const value of [1e-300, 1, 1e300]) took.record(value);
  await flush();
  expect(await recordOf(server.client, KEY)).toMatchObject({ count: 3, schema: -4 });
  expect(exporter.stats().histogram.dropped).toEqual({});
});

it('lose nothing beside others of the same name with bounds', async () => {
  const view = (meterName: string) => ({ ...exponential('took'), meterName });
  const { meter, provider, exporter, flush } = startSdk({}, { views: [view('test')] });
  meter.createHistogram('took').record(7);
  await flush();
  provider.getMeter('other').createHistogram('took').record(70);
  meter.createHistogram('took').record(8);
  await flush();
  expect(await recordOf(server.client, KEY)).toMatchObject({ count: 3, sum: 85 });
  expect(exporter.stats().histogram.dropped).toEqual({});
});

let runs = 0;

it('hold each value of all processes in a bucket that includes it', async () => {
  const value = fc.oneof(
    fc.constant(0),
    fc.double({ min: 1e-30, max: 1e30, noNaN: true }),
    fc.double({ min: 1, max: 1000, noNaN: true }),
  );
  const process = fc.array(fc.array(value, { maxLength: 15 }), { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(process, { minLength: 1, maxLength: 3 }),
      fc.constantFrom(16, 40, 160),
      async (all, size) => {
        const prefix = `run${(runs += 1)}`;
        await Promise.all(
          all.map(async (flushes) => {
            const { meter, provider } = startSdkOf({ ...options(), prefix }, { views: [exponential('took', size)] });
            const took = meter.createHistogram('took');
            for (const values of flushes) {
              for (const each of values) took.record(each);
              await provider.forceFlush();
            }
            await provider.shutdown();
          }),
        );
        const values = all.flat(2);
        const record = (await recordOf(server.client, `${prefix}:histogram:took`)) as unknown as NativeRecord | null;
        if (values.length === 0) expect(record).toBeNull();
        else expectHeld(record, values);
      },
    ),
    { numRuns: 25 },
  );
});

/** Expects that below each bound of a bucket there are as many values as the record says. */
function expectHeld(record: NativeRecord | null, values: readonly number[]): void {
  const { schema = 0, count, zeroCount = 0, positive = { indexes: [], counts: [] } } = record ?? {};
  expect(count).toBe(values.length);
  expect(zeroCount).toBe(values.filter((value) => value === 0).length);
  let below = zeroCount;
  positive.indexes.forEach((index, i) => {
    below += positive.counts[i] ?? 0;
    const bound = 2 ** (index * 2 ** -schema);
    // The SDK computes indexes by logarithms, so that a value at a bound may be on either side.
    const least = values.filter((value) => value < bound * (1 - 1e-9)).length;
    const most = values.filter((value) => value <= bound * (1 + 1e-9)).length;
    expect(below).toBeGreaterThanOrEqual(least);
    expect(below).toBeLessThanOrEqual(most);
  });
  expect(below).toBe(values.length);
}
