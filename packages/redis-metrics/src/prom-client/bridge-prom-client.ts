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

/** The part of a prom-client 15 registry that the bridge uses. */
export interface PromClientRegistry extends DefaultLabelled {
  readonly contentType: string;
  getMetricsAsJSON(): Promise<readonly PromClientMetric[]>;
}

/** Values of a registry that were copied, and the bridge that copies them. */
interface Carried {
  readonly values: RisenValues;
  /** Undefined when no bridge copies the registry. */
  bridge: object | undefined;
}

// A property of the registry, since this module may be loaded twice when the library is bundled twice.
const CARRIED = Symbol.for('redmeter.carried');

/** Series per turn of the event loop: about a millisecond. */
const SERIES_PER_TURN = 200;

const bridged = new WeakMap<PromClientRegistry, WeakSet<RedisMetricsService>>();

/**
 * Copies a prom-client 15 registry, including default labels and default metrics, to Redis before each flush and once more when the
 * service closes.
 *
 * - Counters and histograms: their increases are added, so that processes add up. A value that fell was reset, and counts from 0.
 * - Gauges: copied when they change; by default each process has its own series. A gauge named `x_total`, a name for counters only,
 *   becomes `x_current`.
 * - A summary `x` becomes the counters `x_sum` and `x_count`, and its quantiles the gauges `x_p50`, `x_p99_9`.
 *
 * Series in the registry do not expire. A second call with the same registry and service does nothing. One service at a time copies a
 * registry, since each would count all of it: the others log a warning, and one of them continues after the first has closed.
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
  /** Handles of counters and histograms. */
  readonly #held = new HeldHandles();
  /** Errors of the option `gauges` in this round. */
  #failures: unknown[] = [];
  #running: Promise<unknown> = Promise.resolve();
  #waiting: Promise<void> | undefined;
  #seriesInTurn = 0;
  /** Names of all metrics in this round. */
  #names: ReadonlySet<string> = new Set();

  constructor(register: PromClientRegistry, metrics: RedisMetricsService, options: ResolvedBridgeOptions) {
    this.#register = register;
    this.#metrics = metrics;
    this.#options = options;
    this.#carried = carriedOf(register);
    this.#gauges = new CarriedGauges(this.#carried.values);
  }

  /** Copies a last time, then lets another bridge copy the registry. */
  async carryLast(): Promise<void> {
    try {
      await this.carry();
    } finally {
      if (this.#carried.bridge === this) this.#carried.bridge = undefined;
    }
  }

  /** One at a time: an older reading after a newer one would look like a reset. */
  carry(): Promise<void> {
    const carried = this.#carried;
    carried.bridge ??= this;
    if (carried.bridge !== this) {
      throw new Error(
        'another service of this process already copies the prom-client registry: expected one at a time',
      );
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
        this.#seriesInTurn += 1;
        if (this.#seriesInTurn < SERIES_PER_TURN) continue;
        this.#seriesInTurn = 0;
        await nextTurn();
      }
    }
    this.#gauges.endRound();
    // Thrown last, so that one gauge without a mode does not prevent the others.
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
    // Together, since a sum can fall without a reset.
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

  /** Only counters may end with `_total` (`promtool check metrics`); in OpenMetrics it is the name of a counter's sample. */
  #gaugeName(name: string): string {
    const renamed = name.replace(/_total$/, '_current');
    return this.#names.has(renamed) ? name : renamed;
  }

  /** OpenMetrics registries add `_total` to the names of counters in their output. */
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

/** `p50`, `p99`, `p99_9`: the same as for histograms. */
function percentileName(quantile: number): string {
  return `p${String(Number((quantile * 100).toPrecision(12))).replace('.', '_')}`;
}
