import { METRIC_TYPES, type MetricType } from '@redmeter/metric-format';
import type { Registry } from '../recording/registry.js';
import type { SeriesBudget } from '../recording/series/series-budget.js';
import type { Tallies } from '../accounting/tally.js';

const DURATION_BOUNDS_MS = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000];

const DEFINITIONS = {
  flushes: { name: 'redmeter_writer_flushes_total', help: 'Flushes of a shard that wrote everything pending.' },
  failures: {
    name: 'redmeter_writer_flush_failures_total',
    help: 'Flushes of a shard that left recordings pending.',
  },
  duration: {
    name: 'redmeter_writer_flush_duration_ms',
    help: 'Duration of flushes, including failed ones.',
    unit: 'ms',
    buckets: DURATION_BOUNDS_MS,
  },
  series: { name: 'redmeter_writer_series', help: 'Series in this process.' },
  recorded: { name: 'redmeter_writer_recorded_total', help: 'Recordings by the application, including dropped ones.' },
  dropped: { name: 'redmeter_writer_dropped_total', help: 'Recordings by the application that were dropped.' },
  seriesLimit: {
    name: 'redmeter_writer_series_limit_dropped_total',
    help: 'Recordings dropped because the metric or the process has reached its limit of series, by metric.',
  },
  lastFlush: {
    name: 'redmeter_writer_last_flush_timestamp_seconds',
    help: 'Time at which Redis last acknowledged a write, by the clock of Redis.',
    unit: 'seconds',
  },
  mayEvict: {
    name: 'redmeter_writer_redis_may_evict',
    help: 'Whether Redis may evict metrics when its memory is full (maxmemory-policy is not noeviction): 1 or 0.',
  },
} as const;

/** The library's own metrics; each flush writes those of the flushes before it. */
export class OwnMetrics {
  readonly #registry: Registry;
  readonly #writerId: string;
  /** Totals written so far, by series: counters are incremented by the difference. */
  readonly #reported = new Map<string, number>();

  constructor(registry: Registry, writerId: string) {
    this.#registry = registry;
    this.#writerId = writerId;
    const { flushes, failures, duration, series, recorded, dropped, seriesLimit, lastFlush, mayEvict } = DEFINITIONS;
    for (const definition of [flushes, failures, recorded, dropped, seriesLimit]) registry.declareCounter(definition);
    for (const definition of [series, lastFlush, mayEvict]) registry.declareGauge(definition);
    registry.declareHistogram(duration);
    this.#add(flushes.name, {}, 0);
    this.#add(failures.name, {}, 0);
  }

  /** Records a flush of a shard. */
  noteFlush(isComplete: boolean, durationMs: number): void {
    this.#add(isComplete ? DEFINITIONS.flushes.name : DEFINITIONS.failures.name, {}, 1);
    this.#registry.histogram(DEFINITIONS.duration.name).labels(this.#labels({})).observe(durationMs);
  }

  /** Records whether Redis may evict metrics. When that is unknown, there is no such metric. */
  noteEviction(mayEvict: boolean): void {
    this.#set(DEFINITIONS.mayEvict.name, {}, mayEvict ? 1 : 0);
  }

  /**
   * Updates the metrics.
   * @param tallies those of the application; stats() would iterate over all pending series
   * @param lastAppliedMs Redis's time of the last acknowledgement
   */
  update(
    tallies: Tallies,
    seriesCounts: Readonly<Record<MetricType, number>>,
    budget: SeriesBudget,
    lastAppliedMs: number | undefined,
  ): void {
    const dropped = new Map<string, number>();
    for (const type of METRIC_TYPES) {
      this.#set(DEFINITIONS.series.name, { type }, seriesCounts[type]);
      this.#raise(DEFINITIONS.recorded.name, { type }, tallies[type].recorded);
      for (const [reason, recordings] of Object.entries(tallies[type].dropped())) {
        dropped.set(reason, (dropped.get(reason) ?? 0) + recordings);
      }
    }
    for (const [reason, recordings] of dropped) this.#raise(DEFINITIONS.dropped.name, { reason }, recordings);
    for (const [metric, recordings] of budget.dropped)
      this.#raise(DEFINITIONS.seriesLimit.name, { metric }, recordings);
    if (lastAppliedMs !== undefined) this.#set(DEFINITIONS.lastFlush.name, {}, lastAppliedMs / 1000);
  }

  #labels(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    return { ...labels, writer: this.#writerId };
  }

  #add(name: string, labels: Readonly<Record<string, string>>, value: number): void {
    this.#registry.counter(name).labels(this.#labels(labels)).inc(value);
  }

  #set(name: string, labels: Readonly<Record<string, string>>, value: number): void {
    this.#registry.gauge(name).labels(this.#labels(labels)).set(value);
  }

  /** Raises a counter to a total. A total that fell (recordings that Redis has again) has no effect until it exceeds the old one. */
  #raise(name: string, labels: Readonly<Record<string, string>>, total: number): void {
    const key = `${name} ${Object.values(labels).join(' ')}`;
    const reported = this.#reported.get(key);
    if (reported !== undefined && total <= reported) return;
    this.#reported.set(key, total);
    this.#add(name, labels, total - (reported ?? 0));
  }
}
