import { describe, expect, it } from '@jest/globals';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { RedisMetricsService } from '@redmeter/redis-metrics';
import { freePort, startRedisServer, waitFor } from '@redmeter/test-servers';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { RedisMetricExporter, type RedisMetricExporterOptions } from '../src/index.js';
import { RecordedLog } from '../../redis-metrics/test/service/recorded-log.js';
import { valueOf } from './records.js';
import { useSdks } from './sdk.js';

const server = useRedisServer({ flushBeforeEach: true });
const startSdk = useSdks(() => ({ redis: server.url, ownMetrics: false, logger: new RecordedLog() }));
const NOTHING: ResourceMetrics = { resource: { attributes: {} } as ResourceMetrics['resource'], scopeMetrics: [] };

/** The result of an export. */
function exported(exporter: RedisMetricExporter, metrics = NOTHING): Promise<{ code: number; error?: Error }> {
  return new Promise((resolve) => exporter.export(metrics, resolve));
}

it('adds up what several exports and processes have counted', async () => {
  const [one, other] = [startSdk(), startSdk()];
  const [jobs, others] = [one.meter.createCounter('jobs'), other.meter.createCounter('jobs')];
  jobs.add(2, { kind: 'mail' });
  await one.flush();
  jobs.add(3, { kind: 'mail' });
  others.add(10, { kind: 'mail' });
  await Promise.all([one.flush(), other.flush()]);
  expect(await valueOf(server.client, 'metrics:counter:jobs:kind=mail')).toBe(15);
});

it('calls back with success when Redis has the metrics', async () => {
  const { exporter, meter, flush } = startSdk();
  meter.createCounter('jobs').add(1);
  await flush();
  expect(exporter.stats().counter).toEqual({ recorded: 1, flushed: 1, pending: 0, dropped: {} });
  expect(await exported(exporter)).toEqual({ code: 0 });
});

it('calls back with a failure while Redis is away, and writes the metrics once when it is back', async () => {
  const port = await freePort();
  const { exporter, meter, flush } = startSdk({
    redis: `redis://127.0.0.1:${port}`,
    timeoutMs: 50,
    flushIntervalMs: 50,
  });
  const jobs = meter.createCounter('jobs');
  jobs.add(4);
  await expect(flush()).rejects.toMatchObject({ code: 'flush_failed' });
  const result = await exported(exporter);
  const error = expect.objectContaining({ name: 'RedisMetricsError', code: 'flush_failed' });
  expect(result).toEqual({ code: 1, error });
  expect(exporter.stats().counter).toMatchObject({ recorded: 1, flushed: 0, pending: 1 });
  const late = await startRedisServer({ port });
  try {
    jobs.add(3);
    await waitFor(() => exporter.stats().counter.pending === 0, 'it is written');
    await flush();
    expect(await valueOf(await late.connect(), 'metrics:counter:jobs')).toBe(7);
    await exporter.shutdown();
  } finally {
    await late.stop();
  }
});

it('calls back with a failure for a metric that is none, and writes the others', async () => {
  const { exporter } = startSdk();
  const common = { aggregationTemporality: 0, isMonotonic: true };
  const descriptor = { name: 'jobs', description: '', unit: '' };
  const dataPoints = [{ startTime: [0, 0], endTime: [1, 0], attributes: {}, value: 2 }];
  const metrics = [
    { ...common, descriptor: { ...descriptor, name: 'odd' }, dataPointType: 9, dataPoints },
    { ...common, descriptor: { name: 'other' }, dataPointType: 3, dataPoints },
    { ...common, descriptor, dataPointType: 3, dataPoints },
  ];
  const scopeMetrics = [{ scope: { name: 'x' }, metrics }] as unknown as ResourceMetrics['scopeMetrics'];
  const result = await exported(exporter, { ...NOTHING, scopeMetrics });
  expect(result).toMatchObject({ code: 1, error: { message: 'redmeter: the metric odd is not recorded' } });
  expect(result.error?.cause).toMatchObject({ message: expect.stringContaining('got another type of data points') });
  expect(await valueOf(server.client, 'metrics:counter:jobs')).toBe(2);
});

it('exports at the same time without counting twice', async () => {
  const { exporter, provider, meter } = startSdk();
  const jobs = meter.createCounter('jobs');
  const flushes: Promise<void>[] = [];
  for (let i = 0; i < 50; i += 1) {
    jobs.add(1);
    flushes.push(provider.forceFlush());
    if (i % 7 === 0)
      flushes.push(
        exporter.forceFlush(),
        exported(exporter).then(() => undefined),
      );
  }
  await Promise.all(flushes);
  expect(await valueOf(server.client, 'metrics:counter:jobs')).toBe(50);
});

describe('shutdown', () => {
  it('writes what is pending, closes the service of the exporter, and may be called again', async () => {
    const { exporter, provider, meter } = startSdk();
    meter.createCounter('jobs').add(1);
    await provider.shutdown();
    expect(await valueOf(server.client, 'metrics:counter:jobs')).toBe(1);
    await exporter.shutdown();
    await exporter.forceFlush();
    const result = await exported(exporter);
    expect(result.code).toBe(1);
    expect(result.error).toMatchObject({ code: 'closed', message: expect.stringContaining('after shutdown()') });
  });

  it('leaves a service open that it was given', async () => {
    const service = new RedisMetricsService({ redis: server.url, flushIntervalMs: 600_000, ttlSeconds: 3600 });
    const exporter = new RedisMetricExporter({ service });
    service.incrementCounter('jobs');
    await exporter.shutdown();
    expect(await valueOf(server.client, 'metrics:counter:jobs')).toBe(1);
    service.incrementCounter('jobs');
    await service.flush();
    expect(await valueOf(server.client, 'metrics:counter:jobs')).toBe(2);
    await service.close();
  });

  it.each([
    ['its own service', false],
    ['a service that it was given', true],
  ])('ends in time when Redis is away, with %s', async (_title, isGiven) => {
    const redis = `redis://127.0.0.1:${await freePort()}`;
    const log = new RecordedLog();
    const service = isGiven ? new RedisMetricsService({ redis, logger: log }) : undefined;
    const exporter = new RedisMetricExporter(
      service === undefined ? { redis, logger: log, timeoutMs: 300 } : { service, timeoutMs: 300 },
    );
    const startedAtMs = performance.now();
    await exporter.shutdown();
    expect(performance.now() - startedAtMs).toBeLessThan(8000);
    await service?.close();
  });
});

describe('options', () => {
  it.each([
    [null, 'options: expected an object such as { redis: url }, got null'],
    ['redis://x', 'options: expected an object such as { redis: url }, got string'],
    [{}, 'redis: expected'],
    [{ redis: 'redis://x', flushEvery: 1 }, 'flushEvery: expected one of the options redis, '],
    [{ redis: 'redis://x', timeoutMs: 0 }, 'timeoutMs: expected a whole number from 10 to 3600000, got 0'],
    [{ redis: 'redis://x', gauges: 'sum' }, "gauges: expected 'last' or 'process', an object"],
    [{ redis: 'redis://x', gauges: { a: 'max' } }, "got { a: 'max' }"],
    [{ redis: 'redis://x', gauges: ['a'] }, "got [ 'a' ]"],
    [{ redis: 'redis://x', upDownCounters: 'last' }, "upDownCounters: expected 'process' or 'sum', an object"],
    [{ redis: 'redis://x', resourceLabels: 'service.name' }, 'resourceLabels: expected a list of names of attributes'],
    [{ redis: 'redis://x', resourceLabels: [1] }, 'got [ 1 ]'],
    [{ redis: 'redis://x', scopeLabels: 'yes' }, "scopeLabels: expected true or false, got 'yes'"],
    [{ service: {} }, 'service: expected a RedisMetricsService, got {}'],
  ])('that are wrong are named: %j', (options, message) => {
    expect(() => new RedisMetricExporter(options as RedisMetricExporterOptions)).toThrow(
      expect.objectContaining({ code: 'invalid_option', message: expect.stringContaining(message) }),
    );
  });

  it('of a service are refused beside a service', async () => {
    const service = new RedisMetricsService({ redis: server.url });
    const options = { service, prefix: 'shop' } as unknown as RedisMetricExporterOptions;
    expect(() => new RedisMetricExporter(options)).toThrow('prefix: expected no option of a service beside service');
    await service.close();
  });
});
