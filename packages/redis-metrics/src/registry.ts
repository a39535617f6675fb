import { inspect } from 'node:util';
import {
  DERIVED_SUFFIXES,
  GAUGE_MODES,
  isMetricName,
  isReservedMetricName,
  MAX_BOUNDS,
  type MetricType,
} from '@redmeter/metric-format';
import type { DropReason } from './drop-reasons.js';
import type { CounterDefinition, GaugeDefinition, HistogramDefinition, Labels } from './instruments.js';
import { CounterFamily, GaugeFamily, HistogramFamily, type MetricFamily } from './metric-family.js';
import type { RecordingScope } from './recording-scope.js';
import { RefusedInstrument } from './refused-instrument.js';

// The library's own: an application that recorded under them would falsify what it says about itself.
const OWN_PREFIX = 'redmeter_writer_';

/** Stands for a family that cannot be. */
export interface RefusedFamily {
  readonly name: string;
  labels(labels?: Labels): RefusedInstrument;
}

/** The families of one scope; across scopes, names are kept apart by their beginning. */
export class Registry {
  readonly scope: RecordingScope;
  readonly #defaultBounds: readonly number[];
  readonly #isOwn: boolean;
  readonly #counters = new Map<string, CounterFamily>();
  readonly #gauges = new Map<string, GaugeFamily>();
  readonly #histograms = new Map<string, HistogramFamily>();

  constructor(scope: RecordingScope, defaultBounds: readonly number[], isOwn: boolean) {
    this.scope = scope;
    this.#defaultBounds = defaultBounds;
    this.#isOwn = isOwn;
  }

  /** The counter of this name, made when it is new. */
  counter(name: string): CounterFamily | RefusedFamily {
    return this.#counters.get(name) ?? this.declareCounter({ name });
  }

  /** The gauge of this name, made when it is new. */
  gauge(name: string): GaugeFamily | RefusedFamily {
    return this.#gauges.get(name) ?? this.declareGauge({ name });
  }

  /** The histogram of this name, made with the default bounds when it is new. */
  histogram(name: string): HistogramFamily | RefusedFamily {
    return this.#histograms.get(name) ?? this.declareHistogram({ name });
  }

  declareCounter(definition: CounterDefinition): CounterFamily | RefusedFamily {
    return this.#declare('counter', this.#counters, definition, () => new CounterFamily(definition.name, this.scope));
  }

  declareGauge(definition: GaugeDefinition): GaugeFamily | RefusedFamily {
    const { name, mode } = definition;
    const declared = this.#gauges.get(name)?.mode ?? mode ?? 'last';
    if (!GAUGE_MODES.includes(declared) || (mode !== undefined && mode !== declared)) {
      return this.#refused('gauge', name, 'mode_conflict');
    }
    return this.#declare('gauge', this.#gauges, definition, () => new GaugeFamily(name, this.scope, declared));
  }

  declareHistogram(definition: HistogramDefinition): HistogramFamily | RefusedFamily {
    const { name, buckets = this.#defaultBounds } = definition;
    if (!isBounds(buckets)) return this.#refused('histogram', name, 'invalid_buckets');
    // -0 and 0 are one bound.
    const create = (): HistogramFamily =>
      new HistogramFamily(
        name,
        this.scope,
        buckets.map((bound) => bound + 0),
      );
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

  #declare<D extends { readonly name: string }, F extends MetricFamily & { declare(definition: D): void }>(
    type: MetricType,
    families: Map<string, F>,
    definition: D,
    create: () => F,
  ): F | RefusedFamily {
    const { name } = definition;
    let family = families.get(name);
    if (family === undefined) {
      const reason = this.#reasonAgainst(type, name);
      if (reason !== undefined) return this.#refused(type, name, reason);
      family = create();
      families.set(name, family);
    }
    family.declare(definition);
    return family;
  }

  #reasonAgainst(type: MetricType, name: unknown): DropReason | undefined {
    if (typeof name !== 'string' || !isMetricName(name)) return 'invalid_name';
    if (isReservedMetricName(name) || (!this.#isOwn && name.startsWith(OWN_PREFIX))) return 'reserved_name';
    if (this.#has(name)) return 'type_conflict';
    const isDerived =
      DERIVED_SUFFIXES.some((suffix) => name.endsWith(suffix) && this.#histograms.has(name.slice(0, -suffix.length))) ||
      (type === 'histogram' && DERIVED_SUFFIXES.some((suffix) => this.#has(name + suffix)));
    if (isDerived) return 'derived_name';
    // Names come from the application's data too, so they must be bounded as series are.
    return this.scope.seriesCount >= this.scope.maxSeries ? 'series_limit' : undefined;
  }

  #has(name: string): boolean {
    return this.#counters.has(name) || this.#gauges.has(name) || this.#histograms.has(name);
  }

  #refused(type: MetricType, name: string, reason: DropReason): RefusedFamily {
    const { clock, log, tallies } = this.scope;
    const tally = tallies[type];
    const shownName = inspect(name).slice(0, 80);
    const instrument = new RefusedInstrument(
      reason,
      () => {
        tally.recorded += 1;
        tally.drop(tally.isClosed ? 'closed' : reason, 1);
        log.warn(`${reason} ${shownName}`, `redmeter: recordings of the ${type} ${shownName} are dropped: ${reason}`);
      },
      clock,
    );
    return { name, labels: () => instrument };
  }
}

/** Whether bounds are what a histogram can have: ascending, finite, 1 to 200 of them. */
export function isBounds(bounds: unknown): bounds is readonly number[] {
  if (!Array.isArray(bounds) || bounds.length === 0 || bounds.length > MAX_BOUNDS) return false;
  return (bounds as unknown[]).every(
    (bound, i) => Number.isFinite(bound) && (i === 0 || (bound as number) > (bounds[i - 1] as number)),
  );
}
