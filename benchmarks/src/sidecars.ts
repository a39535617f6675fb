import { partNames, startLocalStack } from '@redmeter/stack';
import { freePorts } from '@redmeter/test-servers';
import { Redis } from 'ioredis';
import type { Benchmark, Progress, Result } from './benchmark.js';
import { ChangingCounters } from './changing-counters.js';
import { startNativeExporter } from './native-exporter.js';
import { scrape } from './scrape.js';
import { listCommands, listedMs } from './slow-log.js';
import { median } from './statistics.js';

const SIZES = [10_000, 100_000];
const ROUNDS = 7;
const WARM_UP_ROUNDS = 3;
/** Commands that took less are not listed: they could not be the longest of a scrape of thousands of series. */
const LISTED_MICROSECONDS = 20;

/** What one scrape costs Redis. */
interface Cost {
  readonly ms: number;
  /** Processor time of Redis, user and system. */
  readonly redisCpuMs: number;
  /** The time that its longest command held Redis. */
  readonly longestMs: number;
  readonly series: number;
}

interface Row extends Cost {
  readonly sidecar: string;
  readonly written: number;
}

/** Both sidecars of one Redis: what their scrapes cost it. */
export const sidecars: Benchmark = {
  name: 'sidecars',
  async run(progress) {
    const stack = await startLocalStack({ ports: await freePorts(...partNames), parts: ['redis', 'exporter'] });
    const { ports, passwords } = stack.settings;
    const redis = new Redis(ports.redis, '127.0.0.1', { password: passwords.people });
    const native = await startNativeExporter(
      `redis://redmeter-reader:${encodeURIComponent(passwords.reader)}@127.0.0.1:${ports.redis}`,
    );
    try {
      const urls = { redis_exporter: `http://127.0.0.1:${ports.exporter}`, 'redmeter-exporter': native.url };
      const rows: Row[] = [];
      for (const size of SIZES) rows.push(...(await measure(redis, urls, size, progress)));
      return result(rows);
    } finally {
      native.process.stop();
      redis.disconnect();
      await stack.stop();
    }
  },
};

async function measure(
  redis: Redis,
  urls: Readonly<Record<string, string>>,
  written: number,
  progress: Progress,
): Promise<Row[]> {
  progress(`writing ${written} series`);
  const counters = await ChangingCounters.write(redis, written);
  const costs = new Map<string, Cost[]>();
  // They take turns, so that a slow moment of the machine falls on both; the first rounds only warm up.
  for (let i = 0; i < WARM_UP_ROUNDS + ROUNDS; i += 1) {
    progress(`${written} series, round ${i + 1} of ${WARM_UP_ROUNDS + ROUNDS}`);
    for (const [sidecar, url] of Object.entries(urls)) {
      await counters.change('1 % spread');
      const cost = await costOf(redis, url);
      if (i >= WARM_UP_ROUNDS) costs.set(sidecar, [...(costs.get(sidecar) ?? []), cost]);
    }
  }
  return [...costs].map(([sidecar, all]) => ({
    sidecar,
    written,
    ms: median(all.map(({ ms }) => ms)),
    redisCpuMs: median(all.map(({ redisCpuMs }) => redisCpuMs)),
    longestMs: median(all.map(({ longestMs }) => longestMs)),
    series: median(all.map(({ series }) => series)),
  }));
}

async function costOf(redis: Redis, url: string): Promise<Cost> {
  await listCommands(redis, LISTED_MICROSECONDS);
  const before = await redisCpuMs(redis);
  const { ms, body } = await scrape(url, 'identity');
  const redisCpu = (await redisCpuMs(redis)) - before;
  return {
    ms,
    redisCpuMs: redisCpu,
    longestMs: Math.max(0, ...(await listedMs(redis))),
    series: body.toString().match(/^(?:redis_script_values\{key="bench_|bench_)/gm)?.length ?? 0,
  };
}

async function redisCpuMs(redis: Redis): Promise<number> {
  const info = await redis.info('cpu');
  const seconds = (name: string): number => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1]);
  return (seconds('used_cpu_user') + seconds('used_cpu_sys')) * 1000;
}

function result(rows: readonly Row[]): Result {
  return {
    name: 'sidecars',
    method:
      'One scrape of each sidecar of the same Redis, every hundredth counter changed before it, taking turns; medians. ' +
      '"Redis cpu" is its used_cpu_user and used_cpu_sys; "longest" the command of the scrape that held it longest, by ' +
      'its slow log. The script shows at most 10,000 series.',
    columns: ['sidecar', 'series', 'shown', 'scrape ms', 'Redis cpu ms', 'longest command ms'],
    rows: rows.map((row) => [
      row.sidecar,
      row.written,
      row.series,
      row.ms.toFixed(1),
      row.redisCpuMs.toFixed(2),
      row.longestMs.toFixed(2),
    ]),
    claims: rows
      .filter(({ sidecar }) => sidecar === 'redmeter-exporter')
      .map(({ written, longestMs }) => ({
        text: `redmeter-exporter's longest command at ${written} series`,
        measured: longestMs,
        atMost: 2,
        unit: ' ms',
      })),
  };
}
