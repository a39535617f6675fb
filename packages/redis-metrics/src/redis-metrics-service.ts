import type {
  Counter,
  CounterDefinition,
  Family,
  Gauge,
  GaugeDefinition,
  Histogram,
  HistogramDefinition,
  Labels,
} from './instruments.js';
import { RedisMetricsError } from './error.js';
import type { RedisMetricsOptions } from './options.js';
import type { MetricsStats } from './stats.js';

/** Records counters, gauges and histograms, and writes them to Redis every few seconds. Recording never throws. */
export class RedisMetricsService {
  readonly #options: RedisMetricsOptions;

  /** @throws RedisMetricsError `invalid_option` */
  constructor(options: RedisMetricsOptions) {
    this.#options = options;
  }

  /** Adds `value`, default 1, to a counter. */
  incrementCounter(name: string, value = 1, labels: Labels = {}): void {
    this.counter({ name }).labels(labels).inc(value);
  }

  /** Sets a gauge. */
  setGauge(name: string, value: number, labels: Labels = {}): void {
    this.gauge({ name }).labels(labels).set(value);
  }

  /** Records one observation in a histogram, with the service's `defaultBuckets` unless the histogram was declared. */
  recordHistogram(name: string, value: number, labels: Labels = {}): void {
    this.histogram({ name }).labels(labels).observe(value);
  }

  /** Declares a counter. */
  counter<LabelName extends string = never>(definition: CounterDefinition<LabelName>): Family<Counter, LabelName> {
    return { name: definition.name, labels: () => ({ inc: () => undefined }) };
  }

  /** Declares a gauge. */
  gauge<LabelName extends string = never>(definition: GaugeDefinition<LabelName>): Family<Gauge, LabelName> {
    const gauge = { set: () => undefined, inc: () => undefined, dec: () => undefined };
    return { name: definition.name, labels: () => gauge };
  }

  /** Declares a histogram. */
  histogram<LabelName extends string = never>(
    definition: HistogramDefinition<LabelName>,
  ): Family<Histogram, LabelName> {
    return { name: definition.name, labels: () => ({ observe: () => undefined, startTimer: () => () => 0 }) };
  }

  /**
   * Writes everything recorded so far.
   * @throws RedisMetricsError `flush_failed`, `incompatible_data`, `closed`
   */
  flush(): Promise<void> {
    return Promise.reject(new RedisMetricsError('flush_failed', `not written to ${typeof this.#options.redis}`));
  }

  /** Writes what it can within 5 seconds, then stops; what is left is counted as dropped and logged. Never rejects. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  /** What became of everything recorded. */
  stats(): MetricsStats {
    const none = { recorded: 0, flushed: 0, pending: 0, dropped: {} };
    return { counter: none, gauge: { ...none, coalesced: 0 }, histogram: none };
  }
}
