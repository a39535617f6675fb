import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@redmeter/test-servers';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry, Summary } from 'prom-client';
import { bridgePromClient, RedisMetricsService, type PromClientBridgeOptions } from '../../../src/index.js';
import { RecordedLog } from '../../service/recorded-log.js';
import { parsePromText, readSeries, type SeriesValues } from '../series-texts.js';

/** Leases last three of them, which a busy machine must not be too slow for. */
const FLUSH_INTERVAL_MS = 1500;

const server = useRedisServer({ flushBeforeEach: true });
let log: RecordedLog;
const services: RedisMetricsService[] = [];
const processes: ChildProcess[] = [];

beforeEach(() => {
  log = new RecordedLog();
});
afterEach(async () => {
  for (const process of processes.splice(0)) process.kill('SIGKILL');
  await Promise.all(services.splice(0).map((service) => service.close()));
});

function bridge(
  options?: PromClientBridgeOptions,
  writerId = 'a',
): { readonly register: Registry; readonly metrics: RedisMetricsService } {
  const metrics = new RedisMetricsService({
    ...{ redis: server.url, flushIntervalMs: 600_000, ttlSeconds: 3600, writerId, logger: log, ownMetrics: false },
  });
  services.push(metrics);
  const register = new Registry();
  bridgePromClient(register, metrics, options);
  return { register, metrics };
}

function startProcess(name: string, level: number): ChildProcess {
  const args = [server.url, String(FLUSH_INTERVAL_MS), name, String(level)];
  const child = fork(join(__dirname, '../bridged-process.ts'), args, {
    execArgv: ['--conditions=redmeter-source', '--import', 'tsx'],
  });
  processes.push(child);
  return child;
}

const namesOf = (series: SeriesValues, pattern: RegExp): string[] =>
  Object.keys(series).filter((each) => pattern.test(each));

describe('two processes with default metrics and default labels', () => {
  it('have their own gauges, which go with them, and share their counters', async () => {
    const dying = startProcess('dying', 500);
    startProcess('living', 10);
    const level = (name: string): string => `level{process="${name}",worker="${name}",zone="north"}`;
    const start = (name: string): string => level(name).replace('level', 'process_start_time_seconds');
    await waitFor(async () => {
      const series = await readSeries(server.client);
      return [start('dying'), start('living')].every((each) => each in series);
    }, 'both have written');
    for (let round = 0; round < 3; round += 1) {
      const series = await readSeries(server.client);
      expect(series).toMatchObject({ [level('dying')]: 500, [level('living')]: 10 });
      expect(series['joined_total{zone="north"}']).toBe(2);
      expect(series[start('dying')]).toBeGreaterThan(1e9);
      const told = namesOf(series, /^(process|nodejs)_.*\{/).filter((each) => !each.includes('process="'));
      expect(told.filter((each) => !/_total\{|gc_duration|_bucket\{/.test(each))).toEqual([]);
      const renewed = await server.client.pexpiretime('metrics:gauge:level:process=living,worker=living,zone=north');
      await waitFor(
        async () =>
          (await server.client.pexpiretime('metrics:gauge:level:process=living,worker=living,zone=north')) > renewed,
        'it is written again',
      );
    }
    expect(namesOf(await readSeries(server.client), /worker=/).filter((each) => !each.includes('process='))).toEqual(
      [],
    );
    const exit = once(dying, 'exit');
    dying.kill('SIGKILL');
    await exit;
    await waitFor(async () => {
      const series = await readSeries(server.client);
      return namesOf(series, /dying/).length === 0 && series[level('living')] === 10;
    }, 'what it had is gone');
    expect((await readSeries(server.client))['joined_total{zone="north"}']).toBe(2);
  });
});

describe('modes', () => {
  it('by default are those that make an aggregator of prom-client possible', async () => {
    const { register, metrics } = bridge();
    const registers = [register];
    for (const aggregator of ['sum', 'first', 'min', 'max', 'average', 'omit'] as const) {
      new Gauge({ name: `of_${aggregator}`, help: 'x', aggregator, registers }).set(1);
    }
    collectDefaultMetrics({ register });
    await metrics.flush();
    const series = await readSeries(server.client);
    expect(series).toMatchObject({
      ...{ 'of_sum{process="a"}': 1, 'of_min{process="a"}': 1, 'of_max{process="a"}': 1 },
      ...{ 'of_average{process="a"}': 1, 'of_omit{process="a"}': 1, of_first: 1 },
    });
    expect(namesOf(series, /^nodejs_version_info/)).toEqual([expect.stringContaining('process="a"')]);
  });

  it.each(['last', 'process'] as const)('are %s for all gauges if the option says so', async (gauges) => {
    const { register, metrics } = bridge({ gauges });
    const registers = [register];
    new Gauge({ name: 'level', help: 'x', registers }).set(1);
    new Gauge({ name: 'shared', help: 'x', aggregator: 'first', registers }).set(1);
    new Summary({ name: 'took', help: 'x', percentiles: [0.5], registers }).observe(2);
    await metrics.flush();
    const label = gauges === 'process' ? '{process="a"}' : '';
    expect(await readSeries(server.client)).toEqual({
      ...{ [`level${label}`]: 1, [`shared${label}`]: 1, [`took_p50${label}`]: 2 },
      ...{ took_count: 1, took_sum: 2 },
    });
  });

  it('are chosen by a function that is called once per name', async () => {
    const asked: string[] = [];
    const modes = { jobs: 'sum', shared: 'last', mine: 'process' } as const;
    const gauges = (name: string): 'sum' | 'last' | 'process' | undefined => {
      asked.push(name);
      return name in modes ? modes[name as keyof typeof modes] : undefined;
    };
    const { register, metrics } = bridge({ gauges });
    for (const name of ['jobs', 'shared', 'mine', 'other']) {
      new Gauge({ name, help: 'x', registers: [register] }).set(2);
    }
    await metrics.flush();
    await metrics.flush();
    const expected = { jobs: 2, shared: 2, 'mine{process="a"}': 2, 'other{process="a"}': 2 };
    expect(await readSeries(server.client)).toEqual(expected);
    expect(asked).toEqual(['jobs', 'shared', 'mine', 'other']);
  });

  it('that cannot be had keep their gauge, and nothing else', async () => {
    const gauges = (name: string): 'last' => {
      if (name === 'odd') return 'newest' as 'last';
      throw new Error('no idea');
    };
    const { register, metrics } = bridge({ gauges });
    for (const name of ['odd', 'even']) new Gauge({ name, help: 'x', registers: [register] }).set(2);
    new Counter({ name: 'events_total', help: 'x', registers: [register] }).inc(3);
    await metrics.flush();
    await metrics.flush();
    expect(await readSeries(server.client)).toEqual({ events_total: 3 });
    expect(log.warnings).toEqual([
      'redmeter: function 1 of beforeFlush() failed: gauges("odd"): expected one of last, sum, process, got "newest"',
    ]);
  });

  it.each([
    [{ gauges: 'sum' }, 'gauges: expected "process", "last" or a function of the name, got "sum"'],
    [{ gauges: null }, 'gauges: expected "process", "last" or a function of the name, got null'],
    [{ gauge: 'last' }, 'gauge: expected one of the options gauges, processLabels, got an unknown one'],
    [{ processLabels: 'pid' }, 'processLabels: expected a list of label names, got "pid"'],
    [{ processLabels: [1] }, 'processLabels: expected a list of label names, got an array'],
    ['last', 'options: expected an object, got "last"'],
  ])('refuse %j', (options, message) => {
    expect(() => bridge(options as PromClientBridgeOptions)).toThrow(
      expect.objectContaining({ code: 'invalid_option', message: `bridgePromClient: ${message}` }),
    );
  });
});

describe('of several processes, gauges', () => {
  it('of mode sum add up, and take back what was removed', async () => {
    const gauges = (): 'sum' => 'sum';
    const [one, two] = [bridge({ gauges }), bridge({ gauges }, 'b')];
    const [first, second] = [one, two].map(
      ({ register }) => new Gauge({ name: 'jobs', help: 'x', labelNames: ['kind'], registers: [register] }),
    );
    const flushed = async (): Promise<SeriesValues> => {
      await one.metrics.flush();
      await two.metrics.flush();
      return readSeries(server.client);
    };
    first?.set({ kind: 'mail' }, 5);
    second?.set({ kind: 'mail' }, 7);
    expect(await flushed()).toEqual({ 'jobs{kind="mail"}': 12 });
    first?.dec({ kind: 'mail' }, 2);
    expect(await flushed()).toEqual({ 'jobs{kind="mail"}': 10 });
    second?.set({ kind: 'mail' }, Number.NaN);
    expect(await flushed()).toEqual({ 'jobs{kind="mail"}': 10 });
    second?.set({ kind: 'mail' }, 1);
    expect(await flushed()).toEqual({ 'jobs{kind="mail"}': 4 });
    first?.remove({ kind: 'mail' });
    expect(await flushed()).toEqual({ 'jobs{kind="mail"}': 1 });
    first?.set({ kind: 'mail' }, 2);
    expect(await flushed()).toEqual({ 'jobs{kind="mail"}': 3 });
    expect(two.metrics.stats().gauge.dropped).toEqual({ invalid_value: 1 });
  });

  it('of mode process are those of the registry, and no others', async () => {
    const { register, metrics } = bridge();
    const open = new Gauge({ name: 'open', help: 'x', labelNames: ['type'], registers: [register] });
    for (const types of [['Socket', 'File'], ['File'], ['Socket'], []]) {
      open.reset();
      for (const type of types) open.set({ type }, 1);
      await metrics.flush();
      expect(Object.keys(await readSeries(server.client)).sort()).toEqual(
        types.map((type) => `open{process="a",type="${type}"}`).sort(),
      );
    }
  });

  it('keep a label process of their own under the name that Prometheus gives it', async () => {
    const { register, metrics } = bridge();
    const registers = [register];
    new Gauge({ name: 'steps', help: 'x', labelNames: ['process'], registers }).set({ process: 'payment' }, 3);
    const both = new Gauge({ name: 'both', help: 'x', labelNames: ['process', 'exported_process'], registers });
    both.set({ process: 'x', exported_process: 'y' }, 4);
    await metrics.flush();
    expect(await readSeries(server.client)).toEqual({
      'steps{exported_process="payment",process="a"}': 3,
      'both{exported_exported_process="x",exported_process="y",process="a"}': 4,
    });
    expect(log.warnings).toEqual([]);
  });
});

describe('default labels that differ between processes', () => {
  async function seriesWith(
    options: PromClientBridgeOptions | undefined,
    labelsOf: (name: string) => Readonly<Record<string, string | number>>,
  ): Promise<SeriesValues> {
    for (const name of ['a', 'b']) {
      const { register, metrics } = bridge(options, name);
      register.setDefaultLabels(labelsOf(name));
      const registers = [register];
      new Counter({ name: 'events_total', help: 'x', registers }).inc(2);
      new Histogram({ name: 'size', help: 'x', buckets: [1], registers }).observe(3);
      new Summary({ name: 'took', help: 'x', percentiles: [], registers }).observe(4);
      await metrics.flush();
    }
    return readSeries(server.client);
  }

  it.each(['pid', 'process', 'worker', 'worker_id', 'workerId', 'NODE_APP_INSTANCE'])(
    'such as %s do not split counters',
    async (label) => {
      const series = await seriesWith(undefined, (name) => ({ zone: 'north', [label]: name === 'a' ? 1 : 'b' }));
      expect(series).toEqual({
        'events_total{zone="north"}': 4,
        ...{ 'size_sum{zone="north"}': 6, 'size_count{zone="north"}': 2 },
        ...{ 'size_bucket{le="1",zone="north"}': 0, 'size_bucket{le="+Inf",zone="north"}': 2 },
        ...{ 'took_sum{zone="north"}': 8, 'took_count{zone="north"}': 2 },
      });
    },
  );

  it('are those that the options name', async () => {
    const options = { processLabels: ['pod'] };
    const series = await seriesWith(options, (name) => ({ pod: name, worker: `mail ${name}` }));
    expect(series).toMatchObject({ 'events_total{worker="mail a"}': 2, 'events_total{worker="mail b"}': 2 });
  });

  it('are kept by a metric that declares them', async () => {
    const { register, metrics } = bridge();
    register.setDefaultLabels({ worker: 'w1' });
    const hired = new Counter({ name: 'hired_total', help: 'x', labelNames: ['worker'], registers: [register] });
    hired.inc({ worker: 'w1' });
    hired.inc({ worker: 'w2' }, 2);
    await metrics.flush();
    hired.inc({ worker: 'w1' });
    await metrics.flush();
    const series = await readSeries(server.client);
    expect(series).toEqual({ 'hired_total{worker="w1"}': 2, 'hired_total{worker="w2"}': 2 });
    expect(series).toEqual(parsePromText(await register.metrics()));
  });
});
