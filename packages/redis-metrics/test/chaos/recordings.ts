import type { RedisMetricsService } from '../../src/index.js';
import { between, type Random } from './random.js';

/** What a key must hold: a counter's or gauge's value, or what a histogram counted. */
export type Total = number | { readonly count: number; readonly sum: number; readonly counts: readonly number[] };

/** Totals by key. */
export type Totals = Readonly<Record<string, Total>>;

const EVENT_KINDS = 120;
const BOUNDS = [5, 10, 25, 50];

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
    this.#observe(between(random, 0, 3), between(random, 0, 600) / 8);
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

  #observe(op: number, value: number): void {
    this.#metrics.recordHistogram('chaos_ms', value, { op: `o${op}` });
    const key = `metrics:histogram:chaos_ms:op=o${op}`;
    const total = this.#histograms.get(key) ?? { count: 0, sum: 0, counts: BOUNDS.map(() => 0).concat(0) };
    const bucket = BOUNDS.findIndex((bound) => value <= bound);
    const index = bucket < 0 ? BOUNDS.length : bucket;
    total.count += 1;
    total.sum += value;
    total.counts[index] = (total.counts[index] ?? 0) + 1;
    this.#histograms.set(key, total);
    this.count += 1;
  }
}

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
