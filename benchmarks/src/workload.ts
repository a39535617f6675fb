import { buildSeriesKey, cumulativeCounts, internalKeys } from '@redmeter/metric-format';
import type { Redis } from 'ioredis';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

const BOUNDS = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000];
const SPACE = { prefix: 'metrics' };
const SERIES_PER_FAMILY = 500;

/** Which types the series of a workload have, repeated in this order. */
export type Mix = readonly ('counter' | 'gauge' | 'histogram')[];

/** What a real service has: mostly counters, some gauges, one histogram of ten bounds in ten. */
export const MIXED: Mix = [...Array<'counter'>(7).fill('counter'), 'gauge', 'gauge', 'histogram'];

/** One series, the same for Redis and for prom-client. */
interface Series {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly name: string;
  readonly labels: { readonly endpoint: string; readonly method: string };
  readonly value: number;
}

/** `count` series in families of 500, with two labels each. */
export function workload(count: number, mix: Mix): Series[] {
  return Array.from({ length: count }, (_, i) => {
    const type = mix[i % mix.length] ?? 'counter';
    return {
      type,
      name: `bench_${type}_${Math.floor(i / mix.length / SERIES_PER_FAMILY)}`,
      labels: { endpoint: `/items/${i}`, method: i % 2 === 0 ? 'GET' : 'POST' },
      value: i * 1.25 + 0.1,
    };
  });
}

/** Writes the series as the library leaves them in Redis, indexes included. */
export async function writeToRedis(redis: Redis, series: readonly Series[]): Promise<void> {
  await redis.flushdb();
  const internal = internalKeys(SPACE);
  const now = Date.now();
  await redis.set(internal.dataset, JSON.stringify({ format: 1, id: 'benchmark', shards: 1 }));
  for (let start = 0; start < series.length; start += 1000) {
    const pipeline = redis.pipeline();
    for (const one of series.slice(start, start + 1000)) {
      const key = buildSeriesKey(SPACE, one.type, one.name, Object.entries(one.labels));
      pipeline.set(key, JSON.stringify(record(one, now)), 'PX', 3_600_000);
      pipeline.zadd(internal.live, now + 3_600_000, key);
      pipeline.set(internal.family(one.name), familyRecord(one, now));
    }
    await pipeline.exec();
  }
}

/** As the library declares a metric. */
function familyRecord({ type }: Series, now: number): string {
  const own = type === 'gauge' ? { mode: 'last' } : type === 'histogram' ? { bounds: BOUNDS } : {};
  return JSON.stringify({ type, help: 'A benchmark series.', ...own, declared: now - 600_000 });
}

/** The same series in a prom-client registry of their own. */
export function fillRegistry(series: readonly Series[]): Registry {
  const register = new Registry();
  const labelNames = ['endpoint', 'method'];
  const families = new Map<string, (one: Series) => void>();
  for (const one of series) {
    let fill = families.get(one.name);
    if (fill === undefined) {
      fill = newFamily(one, { name: one.name, help: 'A benchmark series.', labelNames, registers: [register] });
      families.set(one.name, fill);
    }
    fill(one);
  }
  return register;
}

type FamilyConfiguration = { name: string; help: string; labelNames: string[]; registers: Registry[] };

function newFamily({ type }: Series, configuration: FamilyConfiguration): (one: Series) => void {
  if (type === 'counter') {
    const counter = new Counter(configuration);
    return ({ labels, value }) => counter.inc(labels, value);
  }
  if (type === 'gauge') {
    const gauge = new Gauge(configuration);
    return ({ labels, value }) => gauge.set(labels, value);
  }
  const histogram = new Histogram({ ...configuration, buckets: BOUNDS });
  return ({ labels }) => observations().forEach((value) => histogram.observe(labels, value));
}

function record({ type, value }: Series, now: number): unknown {
  const times = { created: now - 600_000, timestamp: now };
  if (type === 'counter') return { type, value, ...times };
  if (type === 'gauge') return { type, mode: 'last', value, timestamp: now };
  const counts = [...BOUNDS.map(() => 1), 1];
  const zeros = counts.map(() => 0);
  return {
    type,
    count: cumulativeCounts(counts).at(-1),
    sum: observations().reduce((sum, observation) => sum + observation, 0),
    bounds: BOUNDS,
    counts,
    window: [
      { since: now - 90_000, counts: zeros },
      { since: now - 30_000, counts: zeros },
    ],
    ...times,
  };
}

/** One observation in each bucket. */
function observations(): number[] {
  return [...BOUNDS.map((bound) => bound - 0.5), 9999.5];
}
