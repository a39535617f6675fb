import { expect, it } from '@jest/globals';
import { nativeIndex } from '@redmeter/metric-format';
import { waitFor } from '@redmeter/test-servers';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { fieldsOf, HISTOGRAM_KEY, recordOf } from '../../lua/merge-call.js';
import { RecordedLog } from '../recorded-log.js';
import { useServices } from '../use-services.js';

const server = useRedisServer({ flushBeforeEach: true });
const log = new RecordedLog();
const { startService } = useServices(() => ({
  ...{ redis: server.url, flushIntervalMs: 50, ownMetrics: false, logger: log },
}));

it('are the same as of one process, whichever process observed what', async () => {
  const services = [3, 3, 1].map((schema) => {
    const service = startService();
    service.histogram({ name: 'took_ms', buckets: 'native', schema, classicBuckets: [10, 100] });
    return service;
  });
  for (let i = 0; i < 300; i += 1) services[i % 3]?.recordHistogram('took_ms', i / 2 - 10);
  await Promise.all(services.map((service) => service.flush()));
  const expected = { positive: new Map<number, number>(), negative: new Map<number, number>() };
  for (let i = 0; i < 300; i += 1) {
    const value = i / 2 - 10;
    const side = value > 0 ? expected.positive : expected.negative;
    const index = nativeIndex(1, Math.abs(value));
    if (value !== 0) side.set(index, (side.get(index) ?? 0) + 1);
  }
  const listed = (side: ReadonlyMap<number, number>): object => {
    const sorted = [...side].sort(([a], [b]) => a - b);
    return { indexes: sorted.map(([index]) => index), counts: sorted.map(([, count]) => count) };
  };
  expect(await fieldsOf(server.client, HISTOGRAM_KEY)).toMatchObject({
    ...{ count: 300, schema: 1, zeroCount: 1, bounds: [10, 100], counts: [41, 180, 79] },
    ...{ positive: listed(expected.positive), negative: listed(expected.negative) },
  });
  for (const service of services) expect(service.stats().histogram.dropped).toEqual({});
});

it('replace classic ones in a rolling deployment without a loss, and the other way round', async () => {
  const classic = startService();
  classic.histogram({ name: 'took_ms', buckets: [5, 10] });
  classic.recordHistogram('took_ms', 7);
  await classic.flush();
  const native = startService();
  native.histogram({ name: 'took_ms', buckets: 'native' });
  native.recordHistogram('took_ms', 7);
  await native.flush();
  expect(await fieldsOf(server.client, HISTOGRAM_KEY)).toMatchObject({
    count: 2,
    sum: 14,
    counts: [0, 2, 0],
    schema: 3,
  });
  await classic.close();
  await waitFor(async () => {
    native.recordHistogram('took_ms', 7);
    await native.flush();
    const fields = await fieldsOf(server.client, HISTOGRAM_KEY);
    return fields['bounds'] === undefined;
  });
  const { count } =
    native.stats().histogram.recorded === 0 ? { count: 0 } : { count: native.stats().histogram.recorded + 1 };
  expect(await recordOf(server.client, 'histogram', HISTOGRAM_KEY)).toMatchObject({ count, sum: 7 * count });
});

it('take the exemplar of the active span, and lose none of their observations to one that fails', async () => {
  let asked = 0;
  const service = startService({
    exemplarSource: () => {
      asked += 1;
      if (asked % 2 === 0) throw new Error('no context');
      return { trace_id: `t${asked}` };
    },
  });
  const histogram = service.histogram({ name: 'took_ms', buckets: 'native' }).labels();
  const counter = service.counter({ name: 'events' }).labels();
  for (let i = 0; i < 4; i += 1) histogram.observe(10);
  counter.inc();
  await service.flush();
  expect(await recordOf(server.client, 'histogram', HISTOGRAM_KEY)).toMatchObject({
    ...{ count: 4, exemplars: [{ labels: [['trace_id', 't3']], value: 10 }] },
  });
  expect(await recordOf(server.client, 'counter', 'metrics:counter:events')).toMatchObject({
    ...{ value: 1, exemplars: [{ labels: [['trace_id', 't5']], value: 1 }] },
  });
  expect(service.stats()).toMatchObject({ exemplarsDropped: 2, histogram: { flushed: 4 }, counter: { flushed: 1 } });
  expect(log.warnings.filter((line) => line.includes('exemplar'))).toHaveLength(1);
});
