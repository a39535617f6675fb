import type { Label, MetricType, DropReason } from '@redmeter/metric-format';
import { FamilySeries } from '../lookup/family-series.js';
import type { CounterDefinition, Labels } from '../series/instruments.js';
import { definitionProblems, isSeriesNumber } from './definition-problems.js';
import { checkLabels, mergeLabels, UNREADABLE_LABELS, type Refusal } from './label-rules.js';
import type { RecordingScope } from './recording-scope.js';
import { RefusedInstrument } from './refused-instrument.js';
import type { FamilyLayout, Series, SeriesFamily } from '../series/series.js';
import { SeriesSweep, type SweptFamily } from './series-sweep.js';
import type { Tally } from '../../accounting/tally.js';

const NO_LABELS: Labels = {};
// Each searches all series in Redis and checks each new series here.
const MAX_SWEEPS = 1000;
/** Series removed per turn of the event loop: about a millisecond. */
const REMOVED_PER_TURN = 200;

/** All series of one metric name in this process. */
export abstract class MetricFamily<S extends Series = Series> implements SeriesFamily, SweptFamily {
  abstract readonly type: MetricType;
  readonly name: string;
  readonly scope: RecordingScope;
  readonly tally: Tally;
  help: string | undefined;
  unit: string | undefined;
  readonly #series: FamilySeries<S>;
  /** Removals that still have to search Redis. */
  readonly #sweeps = new Set<SeriesSweep>();
  #labelNames: ReadonlySet<string> | undefined;
  #maxSeries: number;

  protected constructor(name: string, scope: RecordingScope, tally: Tally) {
    this.name = name;
    this.scope = scope;
    this.tally = tally;
    this.#series = new FamilySeries(scope.budget);
    this.#maxSeries = scope.budget.maxSeriesPerFamily;
    scope.budget.register(this);
  }

  protected abstract create(key: string): S;

  get size(): number {
    return this.#series.size;
  }

  series(): Iterable<S> {
    return this.#series;
  }

  /** The series whose TTL in Redis is renewed. */
  kept(): Iterable<S> {
    return this.#series.kept();
  }

  /** Takes from a declaration what no earlier one specified. */
  declare(definition: Omit<CounterDefinition, 'name'>): void {
    const { help, unit, labelNames, maxSeries } = definition;
    this.help ??= textOrNone(help);
    this.unit ??= textOrNone(unit);
    if (Array.isArray(labelNames)) this.#labelNames ??= new Set(labelNames);
    if (isSeriesNumber(maxSeries)) this.#maxSeries = maxSeries;
    for (const problem of definitionProblems(definition)) {
      const what = `the ${this.type} ${this.name.slice(0, 80)}`;
      this.scope.log.warn(`definition ${this.name} ${problem}`, `redmeter: ${what} is declared with ${problem}`);
    }
  }

  describe(when: { readonly age: number } | { readonly declared: number }): string {
    const { type, help, unit } = this;
    return JSON.stringify({ type, help, unit, ...this.layout(), ...when, explain: true });
  }

  layout(): FamilyLayout {
    return {};
  }

  /** Adds the labels that the library sets to those of a series; or returns why they are refused. */
  protected withOwnLabels(labels: Label[]): Label[] | Refusal {
    return mergeLabels(labels, this.scope.defaultLabels);
  }

  /** The series with these labels as a handle; while the application holds it, the series does not expire. */
  labels(labels?: Labels): S | RefusedInstrument {
    const series = this.open(labels);
    if (!(series instanceof RefusedInstrument)) series.isHandle = true;
    return series;
  }

  /** The series with these labels, created if it is new; or an instrument that counts its recordings as dropped. */
  open(labels: Labels = NO_LABELS): S | RefusedInstrument {
    try {
      return this.#series.find(labels) ?? this.#getOrCreate(labels);
    } catch {
      // Only a getter in the labels can throw here.
      return this.#refused(UNREADABLE_LABELS);
    }
  }

  /** Called with the first pending recording of a series. */
  noteChanged(series: S): void {
    if (series.isReleased) this.#takeBack(series);
    this.scope.changed.add(series);
  }

  /** Removes one series, also one that only other processes wrote. */
  remove(labels: Labels = NO_LABELS): void {
    const key = this.#keyOf(labels);
    if (typeof key !== 'string') this.#refuseRemoval(key);
    else if (!this.tally.isClosed) {
      const series = this.#series.get(key) ?? this.#newReleased(key);
      this.tally.drop('removed', series.discard());
      this.release(series);
      this.#noteRemoved(series);
    }
  }

  /** Removes all series with these labels: those of this process now, those found in Redis with the next flush. */
  removeMatching(labels: Labels): void {
    const checked = checkLabels(labels, this.#labelNames);
    if (!Array.isArray(checked)) {
      this.#refuseRemoval(checked);
      return;
    }
    const empty = Object.keys(labels).filter((name) => labels[name] === '');
    const sweep = new SeriesSweep(this, checked, empty);
    if (this.tally.isClosed) return;
    let dropped = 0;
    this.#series.mark((series) => {
      const isRemoved = sweep.matches(series.key);
      if (isRemoved) dropped += series.discard();
      return isRemoved;
    });
    this.tally.drop('removed', dropped);
    this.#removeMarked(this.#series.markedCount - this.scope.budget.maxSeries);
    if (!this.isShared()) return;
    // A repeated removal, as may happen often while Redis is down: this one finds all that an earlier equal one would.
    for (const older of this.#sweeps) if (older.isLike(sweep)) this.scope.changed.endSweep(older);
    if (this.#sweeps.size >= MAX_SWEEPS) {
      this.#warnOfRemovals(
        `more than ${MAX_SWEEPS} removeMatching() calls are pending; series of other processes will expire`,
      );
      return;
    }
    this.#sweeps.add(sweep);
    this.scope.changed.sweep(sweep);
  }

  clear(): void {
    this.removeMatching(NO_LABELS);
  }

  /** Removes a series that a sweep found in Redis, but not recordings made since the sweep began. */
  removeFound(key: string): void {
    const series = this.#series.get(key) ?? this.#newReleased(key);
    // An active series was created or came back since then: its removal, if needed, is sent with its recordings.
    if (!series.isReleased) return;
    this.release(series);
    this.#noteRemoved(series);
  }

  /** Completes some removals. @returns whether all are complete */
  completeRemovals(): boolean {
    this.#removeMarked(REMOVED_PER_TURN);
    return this.#series.markedCount === 0;
  }

  endSweep(sweep: SeriesSweep): void {
    this.#sweeps.delete(sweep);
  }

  /** Whether other processes write the same series. */
  isShared(): boolean {
    return true;
  }

  /**
   * Counts recordings as dropped, and logs it once per reason.
   * @param detail what was expected and what was got
   */
  drop(reason: DropReason, recordings: number, detail?: () => string | undefined): void {
    this.tally.drop(reason, recordings);
    if (recordings > 0 && reason !== 'closed') this.warnOfDrops(reason, detail);
  }

  dropExemplar(detail: () => string): void {
    this.tally.exemplarsDropped += 1;
    this.scope.log.warn(
      `exemplar ${this.name}`,
      () => `redmeter: an exemplar of the ${this.type} ${this.name.slice(0, 80)} is left out: ${detail()}`,
    );
  }

  /** Logs once per reason that recordings are dropped. */
  warnOfDrops(reason: DropReason, detail?: () => string | undefined): void {
    this.scope.log.warn(`${reason} ${this.name}`, () => {
      const what = `recordings of the ${this.type} ${this.name.slice(0, 80)} are dropped: ${reason}`;
      const more = detail?.();
      return `redmeter: ${what}${more === undefined ? '' : `: ${more}`}`;
    });
  }

  /** Releases a series; a recording through a handle brings it back. */
  release(series: S): void {
    this.#series.release(series);
  }

  /** Releases an idle series; a handle rests while the application holds it. */
  releaseIdle(series: S): void {
    if (series.isHandle) this.#series.rest(series);
    else this.#series.release(series);
  }

  #takeBack(series: S): void {
    if (this.#series.takeBack(series)) this.#noteRemoved(series);
    else this.#noteCome(series);
  }

  /** Creates a series that this process does not know, in order to remove it. */
  #newReleased(key: string): S {
    const series = this.create(key);
    this.#series.addReleased(series);
    return series;
  }

  /** If a pending sweep matches a new series, what is in Redis under its key is older and must be removed. */
  #noteCome(series: S): void {
    for (const sweep of this.#sweeps) if (sweep.matches(series.key)) this.#noteRemoved(series);
  }

  #removeMarked(max: number): void {
    for (const series of this.#series.removeMarked(max)) this.#noteRemoved(series);
  }

  #noteRemoved(series: S): void {
    if (this.scope.changed.noteRemoved(series)) return;
    this.#warnOfRemovals('the removal queue is full (maxSeries); the rest will expire');
  }

  #warnOfRemovals(problem: string): void {
    const what = `the ${this.type} ${this.name.slice(0, 80)}`;
    this.scope.log.warn(
      `removals ${this.name}`,
      `redmeter: not all series of ${what} are removed in Redis: ${problem}`,
    );
  }

  #refuseRemoval({ reason, detail }: Refusal): void {
    const what = `series of the ${this.type} ${this.name.slice(0, 80)}`;
    this.scope.log.warn(`removal ${this.name}`, `redmeter: no ${what} are removed: ${reason}: ${detail}`);
  }

  #keyOf(given: Labels): string | Refusal {
    const checked = checkLabels(given, this.#labelNames);
    const labels = Array.isArray(checked) ? this.withOwnLabels(checked) : checked;
    return Array.isArray(labels) ? this.scope.shards.keyOf(this.type, this.name, labels) : labels;
  }

  #getOrCreate(given: Labels): S | RefusedInstrument {
    const key = this.#keyOf(given);
    if (typeof key !== 'string') return this.#refused(key);
    const known = this.#series.get(key);
    if (known?.isReleased === false) {
      this.#series.remember(given, known);
      return known;
    }
    const hasPlace = known !== undefined && this.#series.hasPlace(known);
    if (!hasPlace && (this.size >= this.#maxSeries || this.scope.budget.isSpent)) return this.#refusedForRoom();
    if (known !== undefined) {
      this.#takeBack(known);
      return known;
    }
    const series = this.create(key);
    this.#series.add(series);
    this.#noteCome(series);
    const { budget, log } = this.scope;
    if (budget.count >= budget.manySeries) log.warn('many series', () => `redmeter: ${budget.describeMany()}`);
    return series;
  }

  #refused({ reason, detail }: Refusal): RefusedInstrument {
    return new RefusedInstrument(() => this.#dropOne(reason, () => detail), this.scope.clock);
  }

  #refusedForRoom(): RefusedInstrument {
    const { budget, clock } = this.scope;
    return new RefusedInstrument(() => {
      if (!this.tally.isClosed) budget.noteDropped(this.name);
      this.#dropOne('series_limit', () => budget.describe(this.size, this.#maxSeries));
    }, clock);
  }

  #dropOne(reason: DropReason, detail: () => string): void {
    this.tally.recorded += 1;
    this.drop(this.tally.isClosed ? 'closed' : reason, 1, detail);
  }
}

function textOrNone(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
