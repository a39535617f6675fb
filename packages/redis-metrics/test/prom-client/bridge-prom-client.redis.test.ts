import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { waitFor } from '@redmeter/test-servers';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry, Summary } from 'prom-client';
import { isDeepStrictEqual } from 'node:util';
import { bridgePromClient, RedisMetricsService } from '../../src/index.js';
import { RecordedLog } from '../service/recorded-log.js';
import { parsePromText, readSeries, type SeriesValues } from './series-texts.js';

const server = useRedisServer({ flushBeforeEach: true });
let log: RecordedLog;
let metrics: RedisMetricsService;
let register: Registry;

beforeEach(() => {
  log = new RecordedLog();
  metrics = startService();
  register = new Registry();
  bridgePromClient(register, metrics);
});
afterEach(() => metrics.close());

function startService(): RedisMetricsService {
  return new RedisMetricsService({
    redis: server.url,
    flushIntervalMs: 600_000,
    ttlSeconds: 3600,
    writerId: 'this one',
    logger: log,
  });
}

/** A gauge's series, which by default is of its process. */
const own = (name: string): string => `${name}{process="this one"}`;

it('stays in Redis while it stays in the registry, however long nothing changes', async () => {
  await metrics.close();
  metrics = new RedisMetricsService({ redis: server.url, flushIntervalMs: 50, ttlSeconds: 3, idleTtlSeconds: 3 });
  bridgePromClient(register, metrics);
  counterOf().inc({ event: 'joined' });
  new Histogram({ name: 'bare', help: 'No labels.', registers: [register] }).observe(1);
  new Summary({ name: 'took', help: 'No labels.', registers: [register] }).observe(1);
  metrics.incrementCounter('by_name');
  await metrics.flush();
  // A flush does not wait long for a large registry: what it had not come to is in the next one.
  await waitFor(
    async () => (await server.client.keys('metrics:gauge:took_p99_9:*')).length > 0,
    'the last of the summary is written',
  );
  const before = await readSeries(server.client);
  await waitFor(async () => {
    return (await server.client.exists('metrics:counter:by_name')) === 0;
  }, 'what was recorded by name is gone');
  // Longer than what was written by now lives.
  const nowMs = Date.now();
  for (const key of ['counter:events_total:event=joined', 'histogram:bare', 'counter:took_count', 'counter:took_sum']) {
    await waitFor(
      async () => (await server.client.pexpiretime(`metrics:${key}`)) > nowMs + 3500,
      `${key} is kept alive`,
    );
  }
  const kept = Object.fromEntries(Object.entries(before).filter(([series]) => series !== 'by_name'));
  // A gauge whose flush comes too late, on a busy machine, expires and is written again.
  await waitFor(async () => isDeepStrictEqual(await readSeries(server.client), kept), 'all series are there');
});

function counterOf(name = 'events_total', registers: Registry[] = [register]): Counter<'event'> {
  return new Counter({ name, help: 'What happened.', labelNames: ['event'], registers });
}

const sumOf = (...all: readonly SeriesValues[]): SeriesValues => {
  const sums: Record<string, number> = {};
  for (const values of all) {
    for (const [series, value] of Object.entries(values)) sums[series] = (sums[series] ?? 0) + value;
  }
  return sums;
};

describe('what prom-client says is in Redis', () => {
  it('after several flushes, with a reset between', async () => {
    const events = counterOf();
    const plain = new Counter({ name: 'plain', help: 'No labels.', registers: [register] });
    const sizes = new Histogram({
      name: 'size_bytes',
      help: 'How large.',
      labelNames: ['kind'],
      buckets: [-1, 0, 0.5, 10],
      registers: [register],
    });
    const bare = new Histogram({ name: 'bare', help: 'No labels.', registers: [register] });
    const recordRound = (round: number): void => {
      events.inc({ event: 'joined' });
      events.inc({ event: 'left' }, 2.5 * round);
      if (round % 2 === 0) events.inc({ event: `of round ${round}` }, 7);
      if (round === 2) plain.inc(3);
      for (const value of [-5, -1, 0, 0.25, 0.5, 3, 1000])
        sizes.observe({ kind: round < 2 ? 'a' : 'b' }, value * round);
      if (round !== 1) bare.observe(round);
    };
    for (let round = 0; round < 4; round += 1) {
      recordRound(round);
      await metrics.flush();
      expect(await readSeries(server.client)).toEqual(parsePromText(await register.metrics()));
    }
    const beforeReset = parsePromText(await register.metrics());
    register.resetMetrics();
    await metrics.flush();
    expect(await readSeries(server.client)).toEqual(beforeReset);
    recordRound(1);
    await metrics.flush();
    recordRound(4);
    await metrics.flush();
    expect(await readSeries(server.client)).toEqual(sumOf(beforeReset, parsePromText(await register.metrics())));
    expect(metrics.stats().histogram.dropped).toEqual({});
    expect(log.warnings).toEqual([]);
  });

  it('with default metrics, which change all the time', async () => {
    collectDefaultMetrics({ register });
    await metrics.flush();
    await metrics.flush();
    const [inRedis, said] = [await readSeries(server.client), parsePromText(await register.metrics())];
    const names = new Set(Object.keys(inRedis).map((series) => series.replace('{process="this one"}', '')));
    const expected = Object.keys(said).filter(isLasting);
    const carried = expected.map((series) => series.replace(/^(nodejs_active_\w+)_total/, '$1_current'));
    expect([...names]).toEqual(expect.arrayContaining(carried));
    expect(inRedis[own('process_start_time_seconds')]).toBe(said['process_start_time_seconds']);
    expect(inRedis['process_cpu_seconds_total']).toBeGreaterThan(0);
    expect(inRedis['process_cpu_seconds_total']).toBeLessThanOrEqual(said['process_cpu_seconds_total'] ?? 0);
    expect(log.warnings).toEqual([]);
  });

  it('with default labels', async () => {
    register.setDefaultLabels({ zone: 'north', event: 'unknown' });
    counterOf().inc({ event: 'joined' });
    counterOf('others_total').inc();
    await metrics.flush();
    expect(await readSeries(server.client)).toEqual({
      'events_total{event="joined",zone="north"}': 1,
      'others_total{event="unknown",zone="north"}': 1,
    });
  });

  it('of an OpenMetrics registry, under the names in its output', async () => {
    const open = new Registry<'application/openmetrics-text; version=1.0.0; charset=utf-8'>();
    open.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    bridgePromClient(open, metrics);
    const registers = [open];
    const total = new Counter({ name: 'events_total', help: 'Named so.', registers });
    const bare = new Counter({ name: 'things', help: 'Named otherwise.', registers });
    for (let round = 0; round < 3; round += 1) {
      total.inc();
      bare.inc();
      await metrics.flush();
      expect(await readSeries(server.client)).toEqual(parsePromText(await open.metrics()));
    }
  });

  it('summed over the processes that bridge theirs', async () => {
    const second = startService();
    const other = new Registry();
    bridgePromClient(other, second);
    counterOf().inc({ event: 'joined' }, 2);
    counterOf('events_total', [other]).inc({ event: 'joined' }, 3);
    metrics.incrementCounter('events_total', 4, { event: 'joined' });
    await metrics.flush();
    await second.flush();
    await second.close();
    expect(await readSeries(server.client)).toEqual({ 'events_total{event="joined"}': 9 });
  });
});

it('copies gauges that changed, whatever their value', async () => {
  const level = new Gauge({ name: 'level', help: 'How high.', registers: [register] });
  for (const value of [3, -1, Number.NaN, Number.POSITIVE_INFINITY, 0]) {
    level.set(value);
    await metrics.flush();
    await metrics.flush();
    expect(await readSeries(server.client)).toEqual({ [own('level')]: value });
  }
  expect(metrics.stats().gauge.recorded).toBe(5);
});

it('in mode last, keeps gauges that never change, and leaves what another process has set since', async () => {
  const registers = [new Registry()];
  const second = new RedisMetricsService({
    ...{ redis: server.url, flushIntervalMs: 50, ttlSeconds: 3, idleTtlSeconds: 3, logger: log, ownMetrics: false },
  });
  for (const name of ['constant', 'overtaken']) new Gauge({ name, help: 'Set once.', registers }).set(1);
  bridgePromClient(registers[0] ?? register, second, { gauges: 'last' });
  await second.flush();
  // A flush does not wait long for a registry: what it had not come to is in the next one.
  await waitFor(async () => {
    return (await server.client.exists('metrics:gauge:constant', 'metrics:gauge:overtaken')) === 2;
  }, 'both are written');
  metrics.setGauge('overtaken', 2);
  await metrics.flush();
  second.setGauge('idle', 1);
  await second.flush();
  await waitFor(async () => (await server.client.exists('metrics:gauge:idle')) === 0, 'what is idle is gone');
  const nowMs = Date.now();
  for (const name of ['constant', 'overtaken']) {
    const key = `metrics:gauge:${name}`;
    await waitFor(async () => (await server.client.pexpiretime(key)) > nowMs + 3500, `${name} is kept alive`);
  }
  expect(await readSeries(server.client)).toMatchObject({ constant: 1, overtaken: 2 });
  await second.close();
});

it('is copied by one service at a time, and the next continues from there', async () => {
  const events = counterOf();
  events.inc({ event: 'joined' }, 5);
  new Gauge({ name: 'level', help: 'How high.', registers: [register] }).set(3);
  const second = startService();
  bridgeOfCopy()(register, second);
  await metrics.flush();
  await second.flush();
  await second.flush();
  expect(await readSeries(server.client)).toEqual({ 'events_total{event="joined"}': 5, [own('level')]: 3 });
  expect(log.warnings).toEqual([
    'redmeter: function 1 of beforeFlush() failed: another service of this process already copies the prom-client registry: expected one at a time',
  ]);
  expect(Object.keys(register)).toEqual(Object.keys(new Registry()));
  events.inc({ event: 'joined' });
  await metrics.close();
  await server.client.del('metrics:gauge:level:process=this%20one');
  events.inc({ event: 'joined' });
  await second.flush();
  expect(await readSeries(server.client)).toEqual({ 'events_total{event="joined"}': 7, [own('level')]: 3 });
  await second.close();
});

/** As from a copy of the library that is bundled by itself. */
function bridgeOfCopy(): typeof bridgePromClient {
  let bridge = bridgePromClient;
  jest.isolateModules(() => {
    ({ bridgePromClient: bridge } = jest.requireActual<typeof import('../../src/prom-client/bridge-prom-client.js')>(
      '../../src/prom-client/bridge-prom-client.js',
    ));
  });
  expect(bridge).not.toBe(bridgePromClient);
  return bridge;
}

it('copies a summary as two counters and a gauge per quantile', async () => {
  const took = new Summary({
    name: 'took',
    help: 'How long.',
    labelNames: ['op'],
    percentiles: [0.07, 0.5, 0.999],
    registers: [register],
  });
  took.observe({ op: 'x' }, 4);
  await metrics.flush();
  took.observe({ op: 'x' }, 4);
  await metrics.flush();
  register.resetMetrics();
  took.observe({ op: 'x' }, 4);
  await metrics.flush();
  expect(await readSeries(server.client)).toEqual({
    'took_count{op="x"}': 3,
    'took_sum{op="x"}': 12,
    'took_p7{op="x",process="this one"}': 4,
    'took_p50{op="x",process="this one"}': 4,
    'took_p99_9{op="x",process="this one"}': 4,
  });
});

it('counts what is removed and comes back from 0', async () => {
  const events = counterOf();
  events.inc({ event: 'joined' }, 2);
  await metrics.flush();
  events.remove({ event: 'joined' });
  await metrics.flush();
  events.inc({ event: 'joined' }, 5);
  await metrics.flush();
  expect(await readSeries(server.client)).toEqual({ 'events_total{event="joined"}': 7 });
});

it('counts on when the sum of a histogram is more than a number can hold', async () => {
  const took = new Histogram({ name: 'took_ms', help: 'How long.', buckets: [5], registers: [register] });
  for (const value of [1.7e308, 1.7e308]) took.observe(value);
  await metrics.flush();
  took.observe(1);
  await metrics.flush();
  await metrics.flush();
  const record = JSON.parse((await server.client.get('metrics:histogram:took_ms')) ?? '') as object;
  expect(record).toMatchObject({ count: 3, counts: [1, 2], sum: '+Inf' });
  expect(metrics.stats().histogram.dropped).toEqual({});
});

it('drops what cannot be recorded, and counts it by reason', async () => {
  metrics.setGauge('taken', 1);
  metrics.histogram({ name: 'other_ms', buckets: [5] });
  new Counter({ name: 'up', help: 'Reserved.', registers: [register] }).inc();
  new Counter({ name: 'taken', help: 'Another type.', registers: [register] }).inc();
  new Counter({ name: 'with_job', help: 'Reserved label.', labelNames: ['job'], registers: [register] }).inc({
    job: 'x',
  });
  new Gauge({ name: 'with:colons', help: 'A name for rules, which is encoded.', registers: [register] }).set(1);
  new Histogram({ name: 'other_ms', help: 'Other buckets.', buckets: [9], registers: [register] }).observe(1);
  new Histogram({ name: 'odd_ms', help: 'Odd buckets.', buckets: [9, 1], registers: [register] }).observe(1);
  await metrics.flush();
  await metrics.flush();
  const { counter, gauge, histogram } = metrics.stats();
  expect(counter.dropped).toEqual({ reserved_name: 1, type_conflict: 1, reserved_label: 1 });
  expect(gauge.dropped).toEqual({});
  expect(histogram.dropped).toEqual({ bounds_changed: 1, invalid_buckets: 1 });
  const processes = await server.client.keys('metrics:gauge:with%3Acolons:process=*');
  expect(processes).toHaveLength(1);
  expect(Object.values(await readSeries(server.client))).toEqual([1, 1]);
});

it('copies everything until the service closes, even if it was bridged twice', async () => {
  bridgePromClient(register, metrics);
  const events = counterOf();
  events.inc({ event: 'joined' });
  await metrics.flush();
  events.inc({ event: 'joined' }, 2);
  await metrics.close();
  expect(await readSeries(server.client)).toEqual({ 'events_total{event="joined"}': 3 });
});

it('logs once when the registry cannot be read, and copies all of it afterwards', async () => {
  let isBroken = true;
  const collect = (): void => {
    if (isBroken) throw new Error('no level today');
  };
  new Gauge({ name: 'level', help: 'How high.', collect, registers: [register] });
  const events = counterOf();
  metrics.incrementCounter('own');
  events.inc({ event: 'joined' });
  await metrics.flush();
  events.inc({ event: 'joined' });
  await metrics.flush();
  expect(await readSeries(server.client)).toEqual({ own: 1 });
  expect(log.warnings).toEqual(['redmeter: function 1 of beforeFlush() failed: no level today']);
  isBroken = false;
  await metrics.flush();
  expect(await readSeries(server.client)).toEqual({ own: 1, [own('level')]: 0, 'events_total{event="joined"}': 2 });
});

it('copies each reading once, even if an earlier one took longer than the timeout', async () => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  let calls = 0;
  const collect = async (): Promise<void> => {
    calls += 1;
    if (calls === 1) await held;
  };
  new Gauge({ name: 'slow', help: 'Takes its time.', collect, registers: [register] });
  const events = counterOf();
  events.inc({ event: 'joined' }, 2);
  await metrics.flush();
  events.inc({ event: 'joined' }, 3);
  release();
  await metrics.flush();
  await metrics.flush();
  expect(await readSeries(server.client)).toEqual({ [own('slow')]: 0, 'events_total{event="joined"}': 5 });
});

function isLasting(series: string): boolean {
  // Kinds of resources, handles and collections come and go.
  return !series.includes('{');
}
