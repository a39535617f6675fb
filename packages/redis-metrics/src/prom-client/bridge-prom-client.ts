import { setImmediate as nextTurn } from 'node:timers/promises';
import type { GaugeMode } from '@redmeter/metric-format';
import { resolveBridgeOptions, type PromClientBridgeOptions, type ResolvedBridgeOptions } from './bridge-options.js';
import { CarriedGauges } from './carried-gauges.js';
import { HeldHandles } from './held-handles.js';
import type { Labels } from '../recording/series/instruments.js';
import {
  histogramSeries,
  labelsOf,
  summarySeries,
  type PromClientMetric,
  type SummarySnapshot,
} from './prom-client-snapshot.js';
import type { RedisMetricsService } from '../service/redis-metrics-service.js';
import { RisenValues } from './risen-values.js';
import { sharedLabelsOf, type DefaultLabelled, type SharedLabels } from './shared-labels.js';

/** What the bridge needs of a registry of prom-client 15. */
export interface PromClientRegistry extends DefaultLabelled {
  readonly contentType: string;
  getMetricsAsJSON(): Promise<readonly PromClientMetric[]>;
}

/** What was carried of the counts of a registry, by whom. */
interface Carried {
  readonly values: RisenValues;
  /** Free when undefined. */
  bridge: object | undefined;
}

// On the registry, since a process in which the library is bundled twice has this module twice.
const CARRIED = Symbol.for('redmeter.carried');

/** Series carried before other work of the process gets its turn: about a millisecond. */
const SERIES_A_TURN = 200;

const bridged = new WeakMap<PromClientRegistry, WeakSet<RedisMetricsService>>();

/**
 * Carries a registry of prom-client 15, default labels and default metrics included, into Redis before each flush, and a last
 * time when the service closes. Counters and histograms are carried by what they rose (one that fell was reset, and counts
 * from 0), and add up over processes. Gauges are carried when they changed; by default each process has its own series; one named
 * `x_total`, which only counters may be, becomes `x_current`. Whatever is in the registry is kept alive. A summary `x` becomes the
 * counters `x_sum` and `x_count`, and for its quantiles the gauges
 * `x_p50`, `x_p99_9`. Called again with the same two, it does nothing. A registry is carried by one service at a time, since
 * each would count all of it: the others say so in their log, and after the first has closed, one of them goes on from there.
 * @throws RedisMetricsError `invalid_option`
 */
export function bridgePromClient(
  register: PromClientRegistry,
  metrics: RedisMetricsService,
  options: PromClientBridgeOptions = {},
): void {
  const resolved = resolveBridgeOptions(options);
  const services = bridged.get(register) ?? new WeakSet();
  if (services.has(metrics)) return;
  bridged.set(register, services.add(metrics));
  const bridge = new PromClientBridge(register, metrics, resolved);
  metrics.beforeFlush((isLast) => (isLast ? bridge.carryLast() : bridge.carry()));
}

class PromClientBridge {
  readonly #register: PromClientRegistry;
  readonly #metrics: RedisMetricsService;
  readonly #options: ResolvedBridgeOptions;
  readonly #carried: Carried;
  readonly #gauges: CarriedGauges;
  /** Of counters and histograms. */
  readonly #held = new HeldHandles();
  /** Why gauges of this round have no mode. */
  #failures: unknown[] = [];
  #running: Promise<unknown> = Promise.resolve();
  #waiting: Promise<void> | undefined;
  #seriesThisTurn = 0;
  /** Of all metrics of this round. */
  #names: ReadonlySet<string> = new Set();

  constructor(register: PromClientRegistry, metrics: RedisMetricsService, options: ResolvedBridgeOptions) {
    this.#register = register;
    this.#metrics = metrics;
    this.#options = options;
    this.#carried = carriedOf(register);
    this.#gauges = new CarriedGauges(this.#carried.values);
  }

  /** Carries a last time, and leaves the registry to another. */
  async carryLast(): Promise<void> {
    try {
      await this.carry();
    } finally {
      if (this.#carried.bridge === this) this.#carried.bridge = undefined;
    }
  }

  /** One at a time: an older reading that came after a newer one would look like a reset. */
  carry(): Promise<void> {
    const carried = this.#carried;
    carried.bridge ??= this;
    if (carried.bridge !== this) {
      throw new Error('another service of this process carries the prom-client registry: expected one at a time');
    }
    this.#waiting ??= this.#running.then(() => {
      this.#waiting = undefined;
      const carrying = this.#carryAll();
      this.#running = carrying.catch(() => undefined);
      return carrying;
    });
    return this.#waiting;
  }

  async #carryAll(): Promise<void> {
    const read = await this.#register.getMetricsAsJSON();
    this.#failures = [];
    this.#carried.values.startRound();
    this.#gauges.startRound();
    this.#names = new Set(read.map(({ name }) => name));
    this.#held.startRound();
    for (const metric of read) {
      for (const carrySeries of this.#seriesOf(metric)) {
        carrySeries();
        this.#seriesThisTurn += 1;
        if (this.#seriesThisTurn < SERIES_A_TURN) continue;
        this.#seriesThisTurn = 0;
        await nextTurn();
      }
    }
    this.#gauges.endRound();
    // Last, since one gauge without a mode must not keep the others.
    if (this.#failures.length > 0) throw this.#failures[0];
  }

  *#seriesOf(metric: PromClientMetric): Generator<() => void> {
    const shared = sharedLabelsOf(this.#register, metric.name, this.#options.isProcessLabel);
    switch (metric.type) {
      case 'counter':
        for (const value of metric.values) {
          yield () => this.#carryCounter(metric, shared, labelsOf(value), value.value);
        }
        return;
      case 'gauge':
        for (const value of metric.values) {
          yield () => this.#carryGauge(metric.name, metric.help, metric, labelsOf(value), value.value);
        }
        return;
      case 'histogram':
        for (const { labels, bounds, counts, sum } of histogramSeries(metric)) {
          yield () => {
            const key = seriesKey(`${metric.name} ${bounds.join(' ')}`, labels);
            const rises = this.#carried.values.rise(key, [...counts, sum], counts.length);
            if (rises === undefined) {
              this.#held.hold(key);
              return;
            }
            const family = this.#metrics.histogram({ name: metric.name, help: metric.help, buckets: bounds });
            const histogram = family.labels(shared(labels));
            histogram.merge({ bounds, counts: rises.slice(0, -1), sum: rises.at(-1) ?? 0 });
            this.#held.hold(key, histogram);
          };
        }
        return;
      case 'summary':
        for (const series of summarySeries(metric)) yield () => this.#carrySummary(metric, shared, series);
    }
  }

  #carryCounter(metric: PromClientMetric, shared: SharedLabels, labels: Labels, value: number): void {
    const name = this.#counterName(metric.name);
    const key = seriesKey(name, labels);
    const [rise] = this.#carried.values.rise(key, [value], 1) ?? [];
    if (rise === undefined) {
      this.#held.hold(key);
      return;
    }
    const counter = this.#metrics.counter({ name, help: metric.help }).labels(shared(labels));
    counter.inc(rise);
    this.#held.hold(key, counter);
  }

  #carryGauge(name: string, help: string, { aggregator }: PromClientMetric, labels: Labels, value: number): void {
    let mode: GaugeMode;
    try {
      mode = this.#options.modeOf(name, aggregator);
    } catch (error) {
      this.#failures.push(error);
      return;
    }
    const family = this.#metrics.gauge({ name: this.#gaugeName(name), help, mode });
    this.#gauges.carry({ key: seriesKey(`gauge ${name}`, labels), family, mode, labels, value });
  }

  #carrySummary(metric: PromClientMetric, shared: SharedLabels, series: SummarySnapshot): void {
    const { help, name } = metric;
    const { labels, quantiles, count, sum } = series;
    for (const [quantile, value] of quantiles) {
      this.#carryGauge(`${name}_${percentileName(quantile)}`, `${help} (percentile)`, metric, labels, value);
    }
    // Together, since a sum may fall by itself.
    const key = seriesKey(`${name}_count`, labels);
    const rises = this.#carried.values.rise(key, [count, sum], 1);
    if (rises === undefined) {
      this.#held.hold(key);
      return;
    }
    const counters = (['count', 'sum'] as const).map((suffix, i) => {
      const counter = this.#metrics.counter({ name: `${name}_${suffix}`, help }).labels(shared(labels));
      counter.inc(rises[i]);
      return counter;
    });
    this.#held.hold(key, counters);
  }

  /** Only counters may end with `_total`, says `promtool check metrics`; in OpenMetrics the name is a counter's sample. */
  #gaugeName(name: string): string {
    const renamed = name.replace(/_total$/, '_current');
    return this.#names.has(renamed) ? name : renamed;
  }

  /** OpenMetrics registries end the names of counters with `_total`, and rename the metrics on the way. */
  #counterName(name: string): string {
    const isOpenMetrics = this.#register.contentType.startsWith('application/openmetrics-text');
    return isOpenMetrics ? `${name.replace(/_total$/, '')}_total` : name;
  }
}

function carriedOf(register: PromClientRegistry & { [CARRIED]?: Carried }): Carried {
  const known = register[CARRIED];
  if (known !== undefined) return known;
  const carried = { values: new RisenValues(), bridge: undefined };
  // Not enumerable.
  Object.defineProperty(register, CARRIED, { value: carried });
  return carried;
}

function seriesKey(name: string, labels: Labels): string {
  return JSON.stringify([name, Object.entries(labels)]);
}

/** `p50`, `p99`, `p99_9`: as histograms name theirs. */
function percentileName(quantile: number): string {
  return `p${String(Number((quantile * 100).toPrecision(12))).replace('.', '_')}`;
}
