import { buildSeriesKey, MAX_LABELS, type GaugeMode, type Label, type MetricType } from '@redmeter/metric-format';
import { CounterSeries } from './counter-series.js';
import type { DropReason } from './drop-reasons.js';
import { GaugeSeries } from './gauge-series.js';
import { HistogramSeries } from './histogram-series.js';
import type { CounterDefinition, GaugeDefinition, HistogramDefinition, Labels } from './instruments.js';
import { LabelIndex } from './label-index.js';
import { checkLabels } from './label-rules.js';
import type { RecordingScope } from './recording-scope.js';
import { RefusedInstrument } from './refused-instrument.js';
import { sameNumbers } from './same-numbers.js';
import { LeasedGaugeSeries } from './leased-gauge-series.js';
import type { Series } from './series.js';
import { SumGaugeSeries } from './sum-gauge-series.js';
import type { Tally } from './tally.js';

const NO_LABELS: Labels = {};

/** All series of one metric name in this process. */
export abstract class MetricFamily<S extends Series = Series> {
  abstract readonly type: MetricType;
  readonly name: string;
  readonly scope: RecordingScope;
  readonly tally: Tally;
  help: string | undefined;
  unit: string | undefined;
  readonly #series = new LabelIndex<S>();
  #labelNames: ReadonlySet<string> | undefined;

  protected constructor(name: string, scope: RecordingScope, tally: Tally) {
    this.name = name;
    this.scope = scope;
    this.tally = tally;
  }

  protected abstract create(key: string): S;

  get size(): number {
    return this.#series.size;
  }

  series(): Iterable<S> {
    return this.#series.values();
  }

  /** Takes what a declaration says and none before it said. */
  declare({ help, unit, labelNames }: Omit<CounterDefinition, 'name'>): void {
    this.help ??= textOrNone(help);
    this.unit ??= textOrNone(unit);
    if (Array.isArray(labelNames)) this.#labelNames ??= new Set(labelNames);
  }

  /** The family as the merge script takes it, in JSON. */
  describe(when: { readonly age: number } | { readonly declared: number }): string {
    return JSON.stringify({ type: this.type, help: this.help, unit: this.unit, ...this.layout(), ...when });
  }

  /** What else Redis must know of the family. */
  protected layout(): { readonly bounds?: readonly number[]; readonly mode?: GaugeMode } {
    return {};
  }

  /** The labels of a series that is asked for with these; or why there can be none. */
  protected withOwnLabels(labels: Label[]): Label[] | DropReason {
    return labels;
  }

  /** The series with these labels, made when it is new; or what counts its recordings as dropped. */
  labels(labels: Labels = NO_LABELS): S | RefusedInstrument {
    return this.#series.find(labels) ?? this.#getOrCreate(labels);
  }

  /** Notes that a series has recordings that wait, with the first of them. */
  noteChanged(series: Series): void {
    this.scope.changed.add(series);
  }

  /**
   * Counts recordings as dropped, and says so once.
   * @param detail what was expected, and what was got
   */
  drop(reason: DropReason, recordings: number, detail?: string): void {
    this.tally.drop(reason, recordings);
    if (recordings === 0 || reason === 'closed') return;
    this.scope.log.warn(
      `${reason} ${this.name}`,
      `redmeter: recordings of the ${this.type} ${this.name} are dropped: ${reason}${detail === undefined ? '' : `: ${detail}`}`,
    );
  }

  /** Lets an idle series go; whoever holds it may record again, and brings it back. */
  letGo(series: S): void {
    if (this.#series.get(series.key) !== series) return;
    this.#series.delete(series.key);
    this.scope.seriesCount -= 1;
    series.isLetGo = true;
  }

  /** Takes a series back that was let go. */
  takeBack(series: S): void {
    series.isLetGo = false;
    // Recorded by name meanwhile: then there are two of it, which Redis adds up.
    if (this.#series.get(series.key) !== undefined) return;
    this.#series.set(series);
    this.scope.seriesCount += 1;
  }

  #getOrCreate(given: Labels): S | RefusedInstrument {
    const checked = checkLabels(given, this.#labelNames);
    const labels = typeof checked === 'string' ? checked : this.withOwnLabels(checked);
    if (typeof labels === 'string') return this.#refused(labels);
    const { scope } = this;
    const key = buildSeriesKey(scope.space, this.type, this.name, labels);
    const known = this.#series.get(key);
    if (known !== undefined) {
      this.#series.remember(given, known);
      return known;
    }
    if (scope.seriesCount >= scope.maxSeries) return this.#refused('series_limit');
    const series = this.create(key);
    this.#series.set(series);
    scope.seriesCount += 1;
    return series;
  }

  #refused(reason: DropReason): RefusedInstrument {
    return new RefusedInstrument(reason, this.#dropOne, this.scope.clock);
  }

  readonly #dropOne = (reason: DropReason): void => {
    this.tally.recorded += 1;
    this.drop(this.tally.isClosed ? 'closed' : reason, 1);
  };
}

/** A counter's series. */
export class CounterFamily extends MetricFamily<CounterSeries> {
  override readonly type = 'counter';

  constructor(name: string, scope: RecordingScope) {
    super(name, scope, scope.tallies.counter);
  }

  protected override create(key: string): CounterSeries {
    return new CounterSeries(key, this);
  }
}

const PROCESS_LABEL = 'process';

/** A gauge's series, and what sets them before each flush. */
export class GaugeFamily extends MetricFamily<GaugeSeries | SumGaugeSeries> {
  override readonly type = 'gauge';
  readonly mode: GaugeMode;
  #collect: GaugeDefinition['collect'];

  constructor(name: string, scope: RecordingScope, mode: GaugeMode) {
    super(name, scope, scope.tallies.gauge);
    this.mode = mode;
  }

  override declare(definition: Omit<GaugeDefinition, 'name'>): void {
    super.declare(definition);
    if (typeof definition.collect === 'function') this.#collect ??= definition.collect;
  }

  /** Lets the application set the gauge; undefined when it declared no `collect`. */
  get collect(): GaugeDefinition['collect'] {
    return this.#collect;
  }

  protected override layout(): { readonly mode: GaugeMode } {
    return { mode: this.mode };
  }

  protected override withOwnLabels(labels: Label[]): Label[] | DropReason {
    if (this.mode !== 'process') return labels;
    if (labels.some(([name]) => name === PROCESS_LABEL)) return 'reserved_label';
    if (labels.length === MAX_LABELS) return 'too_many_labels';
    const own: Label = [PROCESS_LABEL, this.scope.processName];
    return [...labels, own].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  protected override create(key: string): GaugeSeries | SumGaugeSeries {
    switch (this.mode) {
      case 'last':
        return new GaugeSeries(key, this);
      case 'process':
        return new LeasedGaugeSeries(key, this);
      case 'sum':
        return new SumGaugeSeries(key, this);
    }
  }
}

/** A histogram's series; all of one process have the same bounds. */
export class HistogramFamily extends MetricFamily<HistogramSeries> {
  override readonly type = 'histogram';
  readonly bounds: readonly number[];

  constructor(name: string, scope: RecordingScope, bounds: readonly number[]) {
    super(name, scope, scope.tallies.histogram);
    this.bounds = bounds;
  }

  /** Milliseconds in the unit that timers observe in. */
  get timerUnitMs(): number {
    return this.unit === 'seconds' || (this.unit === undefined && this.name.endsWith('_seconds')) ? 1000 : 1;
  }

  override declare(definition: Omit<HistogramDefinition, 'name'>): void {
    super.declare(definition);
    const { buckets } = definition;
    if (buckets === undefined || sameNumbers(buckets, this.bounds)) return;
    this.scope.log.warn(
      `buckets ${this.name}`,
      `redmeter: histogram ${this.name} keeps the buckets it has, ${this.bounds.join(' ')}: expected its declaration before its first use, got it later with ${buckets.join(' ')}`,
    );
  }

  protected override layout(): { readonly bounds: readonly number[] } {
    return { bounds: this.bounds };
  }

  protected override create(key: string): HistogramSeries {
    return new HistogramSeries(key, this);
  }
}

function textOrNone(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
