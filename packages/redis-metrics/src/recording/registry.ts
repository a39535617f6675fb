import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  DERIVED_SUFFIXES,
  GAUGE_MODES,
  isMetricName,
  isReservedMetricName,
  type MetricType,
} from '@redmeter/metric-format';
import type { CounterDefinition, GaugeDefinition, HistogramDefinition, Labels } from './series/instruments.js';
import type { Refusal } from './families/label-rules.js';
import { CounterFamily } from './families/counter-family.js';
import { GaugeFamily } from './families/gauge-family.js';
import { readHistogramBuckets } from './families/histogram-buckets.js';
import { HistogramFamily } from './families/histogram-family.js';
import { MetricFamily } from './families/metric-family.js';
import type { RecordingScope } from './families/recording-scope.js';
import { RefusedInstrument } from './families/refused-instrument.js';
import { shownValue } from '../errors/shown-value.js';

const CLEAN_UP_AFTER = 1000;

// Names of the library's own metrics, which an application must not change.
const OWN_PREFIX = 'redmeter_writer_';

/** A family that was refused: its recordings are dropped. */
export interface RefusedFamily {
  readonly name: string;
  labels(labels?: Labels): RefusedInstrument;
  open(labels?: Labels): RefusedInstrument;
  remove(): void;
  removeMatching(): void;
  clear(): void;
}

/** The families of one scope; the scopes use different prefixes of names. */
export class Registry {
  readonly scope: RecordingScope;
  /** Whether it holds the library's own metrics. */
  readonly isOwn: boolean;
  readonly #defaultBounds: readonly number[];
  readonly #counters = new Map<string, CounterFamily>();
  readonly #gauges = new Map<string, GaugeFamily>();
  readonly #histograms = new Map<string, HistogramFamily>();
  /** Families created by a recording rather than declared. */
  readonly #undeclared = new Set<MetricFamily>();
  /** The number of these at which those without series are removed. */
  #cleanUpAt = CLEAN_UP_AFTER;

  constructor(scope: RecordingScope, defaultBounds: readonly number[], isOwn: boolean) {
    this.scope = scope;
    this.#defaultBounds = defaultBounds;
    this.isOwn = isOwn;
  }

  /** The counter of this name, created if it is new. */
  counter(name: string): CounterFamily | RefusedFamily {
    return this.#counters.get(name) ?? this.#noteUndeclared(this.declareCounter({ name }));
  }

  /** The gauge of this name, created if it is new. */
  gauge(name: string): GaugeFamily | RefusedFamily {
    return this.#gauges.get(name) ?? this.#noteUndeclared(this.declareGauge({ name }));
  }

  /** The histogram of this name, created with the default bounds if it is new. */
  histogram(name: string): HistogramFamily | RefusedFamily {
    return this.#histograms.get(name) ?? this.#noteUndeclared(this.declareHistogram({ name }));
  }

  declareCounter(definition: CounterDefinition): CounterFamily | RefusedFamily {
    return this.#declare('counter', this.#counters, definition, () => new CounterFamily(definition.name, this.scope));
  }

  declareGauge(definition: GaugeDefinition): GaugeFamily | RefusedFamily {
    const { name, mode } = definition;
    const declared = this.#gauges.get(name)?.mode ?? mode ?? 'last';
    if (!GAUGE_MODES.includes(declared)) {
      const detail = `mode: expected one of ${GAUGE_MODES.join(', ')}, got ${shownValue(mode)}`;
      return this.#refused('gauge', name, { reason: 'mode_conflict', detail });
    }
    if (mode !== undefined && mode !== declared) {
      const detail = `mode: expected ${declared}, with which it is already registered, got ${shownValue(mode)}`;
      return this.#refused('gauge', name, { reason: 'mode_conflict', detail });
    }
    return this.#declare('gauge', this.#gauges, definition, () => new GaugeFamily(name, this.scope, declared));
  }

  declareHistogram(definition: HistogramDefinition): HistogramFamily | RefusedFamily {
    const { name } = definition;
    const buckets = readHistogramBuckets(definition, this.#defaultBounds);
    if (typeof buckets === 'string') {
      return this.#refused('histogram', name, { reason: 'invalid_buckets', detail: buckets });
    }
    const create = (): HistogramFamily => new HistogramFamily(name, this.scope, buckets);
    return this.#declare('histogram', this.#histograms, definition, create);
  }

  *families(): Generator<MetricFamily> {
    yield* this.#counters.values();
    yield* this.#gauges.values();
    yield* this.#histograms.values();
  }

  gaugeFamilies(): Iterable<GaugeFamily> {
    return this.#gauges.values();
  }

  /** The number of series by type. */
  seriesCounts(): Record<MetricType, number> {
    const counts = { counter: 0, gauge: 0, histogram: 0 };
    for (const { type, size } of this.families()) counts[type] += size;
    return counts;
  }

  /** Completes removals, a few series in each turn of the event loop. */
  async completeRemovals(): Promise<void> {
    for (const family of this.families()) while (!family.completeRemovals()) await nextTurn();
  }

  #declare<D extends { readonly name: string }, F extends MetricFamily & { declare(definition: D): void }>(
    type: MetricType,
    families: Map<string, F>,
    definition: D,
    create: () => F,
  ): F | RefusedFamily {
    const { name } = definition;
    let family = families.get(name);
    if (family === undefined) {
      const refusal = this.#refusalOf(type, name);
      if (refusal !== undefined) return this.#refused(type, name, refusal);
      family = create();
      families.set(name, family);
    }
    family.declare(definition);
    this.#undeclared.delete(family);
    return family;
  }

  /** Names may come from the application's data, so families without series must not accumulate. */
  #noteUndeclared<F extends MetricFamily>(family: F | RefusedFamily): F | RefusedFamily {
    if (!(family instanceof MetricFamily)) return family;
    if (this.#undeclared.size >= this.#cleanUpAt) this.#cleanUp();
    this.#undeclared.add(family);
    return family;
  }

  #cleanUp(): void {
    const families = { counter: this.#counters, gauge: this.#gauges, histogram: this.#histograms };
    for (const family of this.#undeclared) {
      if (family.size > 0) continue;
      this.#undeclared.delete(family);
      families[family.type].delete(family.name);
      this.scope.budget.unregister(family);
    }
    this.#cleanUpAt = Math.max(CLEAN_UP_AFTER, 2 * this.#undeclared.size);
  }

  #refusalOf(type: MetricType, name: unknown): Refusal | undefined {
    if (typeof name !== 'string' || !isMetricName(name)) {
      return { reason: 'invalid_name', detail: 'expected a name of UTF-8, not empty, without NUL and lone surrogates' };
    }
    if (isReservedMetricName(name) || (!this.isOwn && name.startsWith(OWN_PREFIX))) {
      const detail = 'the name is reserved for Prometheus, an exporter or redmeter: expected another';
      return { reason: 'reserved_name', detail };
    }
    const other = this.#typeOf(name);
    if (other !== undefined) return { reason: 'type_conflict', detail: `already registered as a ${other}` };
    const histogram = DERIVED_SUFFIXES.map((suffix) => name.slice(0, -suffix.length)).find(
      (base, i) => this.#histograms.has(base) && name.endsWith(DERIVED_SUFFIXES[i] ?? ''),
    );
    if (histogram !== undefined) {
      return {
        reason: 'derived_name',
        detail: `the histogram ${histogram.slice(0, 80)} has a derived series of this name: expected another`,
      };
    }
    const derived = DERIVED_SUFFIXES.find(
      (suffix) => type === 'histogram' && this.#typeOf(name + suffix) !== undefined,
    );
    if (derived !== undefined) {
      return {
        reason: 'derived_name',
        detail: `its derived series …${derived} has the name of another metric: expected another`,
      };
    }
    const { budget } = this.scope;
    if (!budget.isSpent) return undefined;
    // A getter, since it sorts all families and is needed only for the log.
    return {
      reason: 'series_limit',
      get detail() {
        return budget.describe(0, 1);
      },
    };
  }

  #typeOf(name: string): MetricType | undefined {
    if (this.#counters.has(name)) return 'counter';
    if (this.#gauges.has(name)) return 'gauge';
    return this.#histograms.has(name) ? 'histogram' : undefined;
  }

  #refused(type: MetricType, name: string, refusal: Refusal): RefusedFamily {
    const { reason } = refusal;
    const { budget, clock, log, tallies } = this.scope;
    const tally = tallies[type];
    const shownName = shownValue(name);
    // Logged at the declaration, since the first recording may come much later.
    log.warn(
      `${reason} ${shownName}`,
      () => `redmeter: recordings of the ${type} ${shownName} are dropped: ${reason}: ${refusal.detail}`,
    );
    const instrument = new RefusedInstrument(() => {
      tally.recorded += 1;
      if (!tally.isClosed && reason === 'series_limit') budget.noteDropped(name);
      tally.drop(tally.isClosed ? 'closed' : reason, 1);
    }, clock);
    const nothing = (): void => undefined;
    const refuse = (): RefusedInstrument => instrument;
    return { name, labels: refuse, open: refuse, remove: nothing, removeMatching: nothing, clear: nothing };
  }
}
