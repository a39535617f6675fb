import { nativeIndex } from '@redmeter/metric-format';
import type { RedisMetricsService } from '../../src/index.js';
import { between, type Random } from './random.js';

/** What a key must hold: a counter's or gauge's value, or what a histogram counted. */
export type Total = number | { readonly count: number; readonly sum: number; readonly counts: readonly number[] };

/** Totals by key. */
export type Totals = Readonly<Record<string, Total>>;

const EVENT_KINDS = 120;
/** Series of each histogram. */
const OPERATIONS = 12;
const BOUNDS = [5, 10, 25, 50];
/** The lowest bucket of a native histogram of whole eighths, and the bucket of the largest value, with schema 0. */
export const NATIVE_BUCKETS = { least: nativeIndex(0, 1 / 8), most: nativeIndex(0, 75) };

/**
 * Records at random into series that all writers share, and keeps the books. All values are whole eighths, so that sums
 * of any order are exact.
 */
export class Recordings {
  readonly #metrics: RedisMetricsService;
  readonly #random: Random;
  readonly #gaugeLabel: string;
  readonly #areUnits: boolean;
  readonly #counters = new Map<string, number>();
  readonly #histograms = new Map<string, { count: number; sum: number; counts: number[] }>();
  #level: number | undefined;
  /** Recordings of counters and histograms so far. */
  count = 0;

  /**
   * @param writer names the one gauge that no other writer sets
   * @param areUnits whether each increment is by one, so that a counter is the number of its recordings
   */
  constructor(metrics: RedisMetricsService, random: Random, writer: string, areUnits: boolean) {
    this.#metrics = metrics;
    this.#random = random;
    this.#gaugeLabel = writer;
    this.#areUnits = areUnits;
    metrics.histogram({ name: 'chaos_ms', help: 'Under faults.', labelNames: ['op'], buckets: BOUNDS });
    metrics.histogram({ name: 'chaos_native_ms', labelNames: ['op'], buckets: 'native', schema: 0 });
    // Of some writers native and of others not, as in a rolling deployment.
    const isNative = Number(/\d+$/.exec(writer)?.[0] ?? 0) % 2 === 1;
    metrics.histogram({ name: 'chaos_mixed_ms', labelNames: ['op'], buckets: isNative ? 'native' : BOUNDS });
  }

  /** Mostly a few series; now and then all of them, which takes several batches. */
  record(): void {
    const random = this.#random;
    if (random() < 0.02) for (let kind = 0; kind < EVENT_KINDS; kind += 1) this.#increment('chaos_events', kind, 1);
    for (let i = 0; i < 4; i += 1) this.#increment('chaos_events', between(random, 0, EVENT_KINDS - 1), 1);
    for (let i = 0; i < 2; i += 1) {
      const value = between(random, 0, 8000) / 8;
      this.#increment('chaos_units', between(random, 0, 4), this.#areUnits ? 1 : value);
    }
    for (const name of HISTOGRAMS) this.#observe(name, between(random, 0, OPERATIONS - 1), between(random, 0, 600) / 8);
    this.#level = between(random, -1000, 1000);
    this.#metrics.setGauge('chaos_level', this.#level, { writer: this.#gaugeLabel });
  }

  totals(): Totals {
    return {
      ...Object.fromEntries(this.#counters),
      ...Object.fromEntries(this.#histograms),
      ...(this.#level === undefined ? {} : { [`metrics:gauge:chaos_level:writer=${this.#gaugeLabel}`]: this.#level }),
    };
  }

  #increment(name: string, kind: number, value: number): void {
    this.#metrics.incrementCounter(name, value, { kind: `k${kind}` });
    const key = `metrics:counter:${name}:kind=k${kind}`;
    this.#counters.set(key, (this.#counters.get(key) ?? 0) + value);
    this.count += 1;
  }

  #observe(name: keyof typeof NO_COUNTS, op: number, value: number): void {
    this.#metrics.recordHistogram(name, value, { op: `o${op}` });
    const key = `metrics:histogram:${name}:op=o${op}`;
    const total = this.#histograms.get(key) ?? { count: 0, sum: 0, counts: [...NO_COUNTS[name]] };
    const index = BUCKET_OF[name](value);
    total.count += 1;
    total.sum += value;
    if (index !== undefined) total.counts[index] = (total.counts[index] ?? 0) + 1;
    this.#histograms.set(key, total);
    this.count += 1;
  }
}

/** Those of one round: as many are native as there are other recordings. */
const HISTOGRAMS = ['chaos_ms', 'chaos_mixed_ms', ...new Array<'chaos_native_ms'>(8).fill('chaos_native_ms')] as const;

/** Of a histogram of mixed writers only count and sum are known. */
const NO_COUNTS = {
  chaos_ms: BOUNDS.map(() => 0).concat(0),
  chaos_native_ms: new Array<number>(NATIVE_BUCKETS.most - NATIVE_BUCKETS.least + 2).fill(0),
  chaos_mixed_ms: [] as number[],
} as const;

/** Of a native histogram the first count is that of zeros. */
const BUCKET_OF: Readonly<Record<keyof typeof NO_COUNTS, (value: number) => number | undefined>> = {
  chaos_ms: (value) => {
    const bucket = BOUNDS.findIndex((bound) => value <= bound);
    return bucket < 0 ? BOUNDS.length : bucket;
  },
  chaos_native_ms: (value) => (value === 0 ? 0 : nativeIndex(0, value) - NATIVE_BUCKETS.least + 1),
  chaos_mixed_ms: () => undefined,
};

/** The totals of several writers as one. */
export function addTotals(all: readonly Totals[]): Totals {
  const sums: Record<string, Total> = {};
  for (const [key, total] of all.flatMap((totals) => Object.entries(totals))) {
    const sum = sums[key];
    if (sum === undefined) sums[key] = total;
    else if (typeof sum === 'number' && typeof total === 'number') sums[key] = sum + total;
    else if (typeof sum === 'object' && typeof total === 'object') {
      const counts = sum.counts.map((count, i) => count + (total.counts[i] ?? 0));
      sums[key] = { count: sum.count + total.count, sum: sum.sum + total.sum, counts };
    }
  }
  return sums;
}
