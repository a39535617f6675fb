import { readFileSync } from 'node:fs';
import { startRedisServer } from '@redmeter/test-servers';
import type { Redis } from 'ioredis';
import type { Benchmark, Progress, Result } from './benchmark.js';
import { median } from './statistics.js';
import { fillRegistry, MIXED, workload, writeToRedis, type Mix } from './workload.js';

const SCRIPT = readFileSync(new URL('../../configs/redis-exporter.lua', import.meta.url), 'utf8');
const WORKLOADS: readonly (readonly [name: string, mix: Mix])[] = [
  ['counters', ['counter']],
  ['mixed', MIXED],
  ['histograms', ['histogram']],
];
const SIZES = [1000, 10_000, 100_000];
const LIFTED_CAP = 'max_series=1000000';
/** What docs/exporters.md advises; a histogram counts as 1 for each 4 of its 16 lines. */
const SERIES_PER_PAGE = 100;
const MAX_PAGES = 2048;
const HISTOGRAM_WEIGHT = 4;
const MAX_PAGE_MS = 5;

interface Measurement {
  readonly workload: string;
  readonly series: number;
  /** Milliseconds that one call holds Redis (its own commandstats). */
  readonly scriptMs: number;
  /** Milliseconds until the client has the answer. */
  readonly roundTripMs: number;
  /** Milliseconds of prom-client's `metrics()`. */
  readonly promClientMs: number;
  readonly pages: number;
  /** Milliseconds that one call holds Redis for each of so many pages: the median of the slowest. */
  readonly slowestPageMs: number;
}

/** The script that the stock redis_exporter runs, beside prom-client's `metrics()` over the same series. */
export const scriptBesidePromClient: Benchmark = {
  name: 'script',
  async run(progress) {
    const server = await startRedisServer();
    try {
      const redis = await server.connect();
      const measurements: Measurement[] = [];
      for (const [name, mix] of WORKLOADS) {
        for (const size of SIZES) {
          progress(`${name}, ${size} series`);
          measurements.push(await measure(redis, name, mix, size, progress));
        }
      }
      return result(measurements);
    } finally {
      await server.stop();
    }
  },
};

async function measure(redis: Redis, name: string, mix: Mix, size: number, progress: Progress): Promise<Measurement> {
  const series = workload(size, mix);
  await writeToRedis(redis, series);
  const register = fillRegistry(series);
  const rounds = size >= 100_000 ? 7 : 15;
  const script: number[] = [];
  const roundTrip: number[] = [];
  const promClient: number[] = [];
  // The two take turns, so that a slow moment of the machine falls on both; the first round only warms up.
  for (let round = 0; round <= rounds; round += 1) {
    progress(`${name}, ${size} series, round ${round} of ${rounds}`);
    await redis.config('RESETSTAT');
    const roundTripMs = await time(() => redis.eval(SCRIPT, 0, 'pairs', LIFTED_CAP));
    const scriptMs = await heldMs(redis);
    const promClientMs = await time(() => register.metrics());
    if (round === 0) continue;
    script.push(scriptMs);
    roundTrip.push(roundTripMs);
    promClient.push(promClientMs);
  }
  register.clear();
  const weight = size + (HISTOGRAM_WEIGHT - 1) * series.filter(({ type }) => type === 'histogram').length;
  const pages = Math.min(MAX_PAGES, 2 ** Math.ceil(Math.log2(weight / SERIES_PER_PAGE)));
  return {
    workload: name,
    series: size,
    scriptMs: median(script),
    roundTripMs: median(roundTrip),
    promClientMs: median(promClient),
    pages,
    slowestPageMs: await slowestPageMs(redis, pages, size >= 100_000 ? 5 : 11),
  };
}

/** All pages are called in turn a few times: what the machine does beside falls on some calls of a page, not on most. */
async function slowestPageMs(redis: Redis, pages: number, rounds: number): Promise<number> {
  // With it goes the garbage of the one script, which Redis would clear away in the calls of pages.
  await redis.script('FLUSH', 'SYNC');
  const held = Array.from({ length: pages }, (): number[] => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [page, times] of held.entries()) {
      await redis.config('RESETSTAT');
      await redis.eval(SCRIPT, 0, 'pairs', `page=${page + 1}`, `pages=${pages}`);
      times.push(await heldMs(redis));
    }
  }
  return Math.max(...held.map(median));
}

async function time(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function heldMs(redis: Redis): Promise<number> {
  const stats = await redis.info('commandstats');
  const match = /cmdstat_eval:calls=1,usec=(\d+)/.exec(stats);
  if (match === null) throw new Error(`expected one EVAL in Redis's commandstats, got: ${stats}`);
  return Number(match[1]) / 1000;
}

function result(measurements: readonly Measurement[]): Result {
  const perSeries = (m: Measurement): number => (m.scriptMs * 1000) / m.series;
  const of = (name: string, size: number): Measurement[] =>
    measurements.filter((m) => m.workload === name && m.series === size);
  return {
    name: 'script',
    method:
      'EVAL of configs/redis-exporter.lua in pairs form, cap lifted, beside prom-client metrics() over the same series, ' +
      'taking turns; medians. "held" is the time for which Redis is blocked. Pages: as many calls that share the series, 100 each ' +
      'at most, where a histogram counts as 4, and 2,048 in all; the median of the slowest.',
    columns: [
      ...['workload', 'series', 'held ms', 'round trip ms', 'µs/series', 'prom-client ms', 'held / prom-client'],
      ...['pages', 'slowest page ms'],
    ],
    rows: measurements.map((m) => [
      m.workload,
      m.series,
      m.scriptMs.toFixed(2),
      m.roundTripMs.toFixed(2),
      perSeries(m).toFixed(2),
      m.promClientMs.toFixed(2),
      (m.scriptMs / m.promClientMs).toFixed(2),
      m.pages,
      m.slowestPageMs.toFixed(2),
    ]),
    claims: WORKLOADS.flatMap(([name]) => [
      ...of(name, 10_000).map((m) => ({
        text: `${name}: the script at 10,000 series, times prom-client`,
        measured: m.scriptMs / m.promClientMs,
        atMost: 3,
        unit: '',
      })),
      ...measurements
        .filter((m) => m.workload === name && m.pages > 2)
        .map((m) => ({
          text: `${name}: the longest of ${m.pages} calls that share ${m.series} series`,
          measured: m.slowestPageMs,
          atMost: MAX_PAGE_MS,
          unit: ' ms',
        })),
      ...of(name, 100_000).flatMap((large) =>
        of(name, 10_000).map((small) => ({
          text: `${name}: cost per series at 100,000, times that at 10,000`,
          measured: perSeries(large) / perSeries(small),
          atMost: 1.7,
          unit: '',
        })),
      ),
    ]),
  };
}
