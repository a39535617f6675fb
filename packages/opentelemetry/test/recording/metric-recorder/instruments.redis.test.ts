import { describe, expect, it } from '@jest/globals';
import { AggregationType } from '@opentelemetry/sdk-metrics';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { RecordedLog } from '../../../../redis-metrics/test/service/recorded-log.js';
import { recordOf, valueOf } from '../../records.js';
import { useSdks } from '../../sdk.js';

const server = useRedisServer({ flushBeforeEach: true });
const startSdk = useSdks(() => ({ redis: server.url, ownMetrics: false, writerId: 'w1', logger: new RecordedLog() }));

describe('counters', () => {
  it('of all kinds of numbers are added', async () => {
    const { meter, flush } = startSdk();
    const bytes = meter.createCounter('sent_bytes', { description: 'Bytes\n that were sent.', unit: 'By' });
    bytes.add(1);
    bytes.add(0.5);
    await flush();
    bytes.add(2 ** 40);
    await flush();
    await flush();
    expect(await valueOf(server.client, 'metrics:counter:sent_bytes')).toBe(2 ** 40 + 1.5);
    expect(await recordOf(server.client, 'metrics-meta:family:sent_bytes')).toMatchObject({
      type: 'counter',
      help: 'Bytes that were sent.',
      unit: 'bytes',
    });
  });

  it('that are observed count what they rose by, also after they began again', async () => {
    const { meter, flush } = startSdk();
    const readings = [5, 12, 12, 3, 4];
    meter.createObservableCounter('seen').addCallback((result) => result.observe(readings.shift() ?? 4, { a: 1 }));
    for (let i = 0; i < 5; i += 1) await flush();
    expect(await valueOf(server.client, 'metrics:counter:seen:a=1')).toBe(12 + 4);
  });
});

describe('up-down counters', () => {
  it('add up over processes, by default', async () => {
    const [one, other] = [startSdk(), startSdk({ writerId: 'w2' })];
    const running = one.meter.createUpDownCounter('running');
    const ended = other.meter.createUpDownCounter('running');
    running.add(3);
    await one.flush();
    ended.add(-2);
    await other.flush();
    running.add(0.5);
    await one.flush();
    expect(await recordOf(server.client, 'metrics:gauge:running')).toMatchObject({ mode: 'sum', value: 1.5 });
  });

  it('have a value for each process, if told so', async () => {
    const { meter, flush } = startSdk({ upDownCounters: 'process' });
    const running = meter.createUpDownCounter('running');
    running.add(3, { process: 'x' });
    await flush();
    running.add(-1, { process: 'x' });
    await flush();
    await flush();
    const key = 'metrics:gauge:running:exported_process=x,process=w1';
    expect(await recordOf(server.client, key)).toMatchObject({ mode: 'process', value: 2 });
  });

  it('that are observed have the value that their process sees', async () => {
    const { meter, flush } = startSdk();
    const readings = [0.5, 0.75, 7, 0.5];
    meter.createObservableUpDownCounter('used').addCallback((result) => result.observe(readings.shift() ?? 0.5));
    for (const value of [...readings, 0.5]) {
      await flush();
      expect(await recordOf(server.client, 'metrics:gauge:used:process=w1')).toMatchObject({ mode: 'process', value });
    }
  });

  it.each([
    ['process', 'metrics:gauge:pool:process=w1', undefined],
    ['sum', 'metrics:gauge:pool', undefined],
    ['process', 'metrics:gauge:pool:process=w1', 1],
    ['sum', 'metrics:gauge:pool', 1],
  ] as const)('of several meters add up, in mode %s (%s, exports of %s)', async (mode, key, maxExportBatchSize) => {
    const setUp = maxExportBatchSize === undefined ? {} : { maxExportBatchSize };
    const { provider, flush } = startSdk({ upDownCounters: mode }, setUp);
    const readings = { a: 10, b: 3 };
    for (const meter of ['a', 'b'] as const) {
      const pool = provider.getMeter(meter).createObservableUpDownCounter('pool');
      pool.addCallback((result) => result.observe(readings[meter]));
    }
    await flush();
    expect(await valueOf(server.client, key)).toBe(13);
    readings.a = 4;
    await flush();
    expect(await valueOf(server.client, key)).toBe(7);
    await flush();
    expect(await valueOf(server.client, key)).toBe(7);
  });

  it('that are observed add up, if told so', async () => {
    const upDownCounters = { used: 'sum' } as const;
    const [one, other] = [startSdk({ upDownCounters }), startSdk({ upDownCounters, writerId: 'w2' })];
    const readings = [4, 9, 1];
    one.meter.createObservableUpDownCounter('used').addCallback((result) => result.observe(readings.shift() ?? 1));
    other.meter.createObservableUpDownCounter('used').addCallback((result) => result.observe(10));
    for (const value of [4, 9, 1, 1]) {
      await one.flush();
      expect(await valueOf(server.client, 'metrics:gauge:used')).toBe(value);
    }
    await other.flush();
    await other.flush();
    expect(await valueOf(server.client, 'metrics:gauge:used')).toBe(11);
  });
});

describe('gauges', () => {
  it('have a value for each process, by default', async () => {
    const [one, other] = [startSdk(), startSdk({ writerId: 'w2' })];
    one.meter.createGauge('level', { unit: '{thing}' }).record(1.5, { process: 'p', exported_process: 'q' });
    other.meter.createObservableGauge('level').addCallback((result) => result.observe(-3));
    await Promise.all([one.flush(), other.flush()]);
    const own = 'metrics:gauge:level:exported_exported_process=p,exported_process=q,process=w1';
    expect(await recordOf(server.client, own)).toMatchObject({ mode: 'process', value: 1.5 });
    expect(await recordOf(server.client, 'metrics:gauge:level:process=w2')).toMatchObject({ value: -3 });
    expect(await recordOf(server.client, 'metrics-meta:family:level')).not.toHaveProperty('unit');
  });

  it.each([
    ['one mode', 'last' as const],
    ['modes by name', { queue_length: 'last' as const }],
    ['a function', (name: string) => (name.startsWith('queue') ? ('last' as const) : undefined)],
  ])('have the last value of all processes, if told so by %s', async (_title, gauges) => {
    const [one, other] = [startSdk({ gauges }), startSdk({ gauges, writerId: 'w2' })];
    const queue = one.meter.createGauge('queue_length');
    queue.record(1);
    queue.record(5);
    await one.flush();
    other.meter.createGauge('queue_length').record(7, { process: '' });
    await other.flush();
    // It was not set again, so that it is not newer.
    await one.flush();
    expect(await recordOf(server.client, 'metrics:gauge:queue_length')).toMatchObject({ mode: 'last', value: 7 });
  });

  it('have their default where a function fails', async () => {
    const gauges = (): never => {
      throw new Error('no');
    };
    const { meter, flush } = startSdk({ gauges });
    meter.createGauge('level').record(1);
    await flush();
    expect(await valueOf(server.client, 'metrics:gauge:level:process=w1')).toBe(1);
  });

  it('may be NaN and infinite', async () => {
    const { meter, flush } = startSdk();
    const gauge = meter.createGauge('level');
    [Number.NaN, Infinity, -Infinity].forEach((value, i) => gauge.record(value, { i }));
    await flush();
    const values = [0, 1, 2].map((i) => valueOf(server.client, `metrics:gauge:level:i=${i},process=w1`));
    expect(await Promise.all(values)).toEqual(['NaN', '+Inf', '-Inf']);
  });
});

describe('histograms with explicit bounds', () => {
  const bounds = (boundaries: number[], meterName?: string, instrumentName = 'took') => ({
    instrumentName,
    ...(meterName === undefined ? {} : { meterName }),
    aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM as const, options: { boundaries } },
  });

  it('keep their counts and their sum', async () => {
    const { meter, flush } = startSdk({}, { views: [bounds([5, 10])] });
    const took = meter.createHistogram('took', { unit: 's' });
    for (const value of [5, 5.5, 10, 11, 0]) took.record(value);
    await flush();
    took.record(7);
    await flush();
    const expected = { bounds: [5, 10], counts: [2, 3, 1], count: 6, sum: 38.5 };
    expect(await recordOf(server.client, 'metrics:histogram:took')).toMatchObject(expected);
    expect(await recordOf(server.client, 'metrics-meta:family:took')).toMatchObject({ unit: 'seconds' });
  });

  it('have the bounds that the instrument advises', async () => {
    const { meter, flush } = startSdk();
    meter.createHistogram('took', { advice: { explicitBucketBoundaries: [1, 2] } }).record(1.5);
    meter.createHistogram('waited').record(1.5);
    await flush();
    expect(await recordOf(server.client, 'metrics:histogram:took')).toMatchObject({
      bounds: [1, 2],
      counts: [0, 1, 0],
    });
    const { bounds: usual = [] } = (await recordOf(server.client, 'metrics:histogram:waited')) as { bounds?: number[] };
    expect(usual.slice(0, 3)).toEqual([0, 5, 10]);
  });

  it('have the bounds of all views of one name', async () => {
    const views = [bounds([5, 10], 'test'), bounds([5, 20], 'other')];
    const { meter, provider, flush } = startSdk({}, { views });
    meter.createHistogram('took').record(7);
    provider.getMeter('other').createHistogram('took').record(7, { other: true });
    await flush();
    const all = { bounds: [5, 10, 20], sum: 7 };
    expect(await recordOf(server.client, 'metrics:histogram:took')).toMatchObject({ ...all, counts: [0, 1, 0, 0] });
    expect(await recordOf(server.client, 'metrics:histogram:took:other=true')).toMatchObject({
      ...all,
      counts: [0, 0, 1, 0],
    });
  });

  it('that come later with other bounds lose nothing', async () => {
    const { meter, provider, exporter, flush } = startSdk(
      {},
      { views: [bounds([5, 10], 'test'), bounds([], 'other')] },
    );
    meter.createHistogram('took').record(7);
    await flush();
    const other = provider.getMeter('other').createHistogram('took');
    other.record(1);
    other.record(2);
    await flush();
    expect(await recordOf(server.client, 'metrics:histogram:took')).toMatchObject({
      ...{ bounds: [5, 10], counts: [0, 1, 2] },
      ...{ count: 3, sum: 10 },
    });
    expect(exporter.stats().histogram.dropped).toEqual({});
  });

  it('may have no bounds, or too many', async () => {
    const many = Array.from({ length: 1000 }, (_, i) => i);
    const { meter, exporter, flush } = startSdk({}, { views: [bounds([]), bounds(many, undefined, 'fine')] });
    meter.createHistogram('took').record(3);
    const fine = meter.createHistogram('fine');
    for (const value of [0, 17.5, 998, 5000]) fine.record(value);
    await flush();
    expect(await recordOf(server.client, 'metrics:histogram:took')).toMatchObject({ count: 1, sum: 3, counts: [0, 1] });
    const record = (await recordOf(server.client, 'metrics:histogram:fine')) as { bounds: number[]; counts: number[] };
    expect(record).toMatchObject({ count: 4, sum: 6015.5 });
    expect(record.bounds).toHaveLength(200);
    // At a bound that is kept, the count of what is below is exact.
    const below = (bound: number): number =>
      record.counts.slice(0, record.bounds.indexOf(bound) + 1).reduce((sum, count) => sum + count, 0);
    expect([below(0), below(15), below(20), below(995)]).toEqual([1, 1, 2, 2]);
    expect(exporter.stats().histogram.dropped).toEqual({});
  });

  it('of an instrument whose values may be negative have no sum, and lose no count', async () => {
    const { meter, flush } = startSdk({}, { views: [bounds([0, 10])] });
    meter.createGauge('took').record(-3);
    await flush();
    expect(await recordOf(server.client, 'metrics:histogram:took')).toMatchObject({ counts: [1, 0, 0], sum: 0 });
  });
});
