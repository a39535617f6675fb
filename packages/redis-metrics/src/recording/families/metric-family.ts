import type { Label, MetricType } from '@redmeter/metric-format';
import type { DropReason } from '../../accounting/drop-reasons.js';
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
// Each looks at all series in Redis, and at each new one here.
const MOST_SWEEPS = 1000;
/** Removed series that leave before other work of the process gets its turn: about a millisecond. */
const LEAVING_A_TURN = 200;

/** All series of one metric name in this process. */
export abstract class MetricFamily<S extends Series = Series> implements SeriesFamily, SweptFamily {
  abstract readonly type: MetricType;
  readonly name: string;
  readonly scope: RecordingScope;
  readonly tally: Tally;
  help: string | undefined;
  unit: string | undefined;
  readonly #series: FamilySeries<S>;
  /** Removals that are still to look into Redis. */
  readonly #sweeps = new Set<SeriesSweep>();
  #labelNames: ReadonlySet<string> | undefined;
  #maxSeries: number;

  protected constructor(name: string, scope: RecordingScope, tally: Tally) {
    this.name = name;
    this.scope = scope;
    this.tally = tally;
    this.#series = new FamilySeries(scope.budget);
    this.#maxSeries = scope.budget.maxSeriesPerFamily;
    scope.budget.enrol(this);
  }

  protected abstract create(key: string): S;

  get size(): number {
    return this.#series.size;
  }

  series(): Iterable<S> {
    return this.#series;
  }

  /** The series that are to be kept alive in Redis. */
  kept(): Iterable<S> {
    return this.#series.kept();
  }

  /** Takes what a declaration says and none before it said. */
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

  /** The labels of a series that is asked for with these; or why there can be none. */
  protected withOwnLabels(labels: Label[]): Label[] | Refusal {
    return mergeLabels(labels, this.scope.defaultLabels);
  }

  /** The series with these labels as a handle, which keeps it alive for as long as it is held. */
  labels(labels?: Labels): S | RefusedInstrument {
    const series = this.open(labels);
    if (!(series instanceof RefusedInstrument)) series.isHandle = true;
    return series;
  }

  /** The series with these labels, made when it is new; or what counts its recordings as dropped. */
  open(labels: Labels = NO_LABELS): S | RefusedInstrument {
    try {
      return this.#series.find(labels) ?? this.#getOrCreate(labels);
    } catch {
      // Each reading of a label may call a getter of the application's, and nothing else here throws.
      return this.#refused(UNREADABLE_LABELS);
    }
  }

  /** Notes that a series has recordings that wait, with the first of them. */
  noteChanged(series: S): void {
    if (series.isLetGo) this.#takeBack(series);
    this.scope.changed.add(series);
  }

  /** Removes one series, whether it is known here or not. */
  remove(labels: Labels = NO_LABELS): void {
    const key = this.#keyOf(labels);
    if (typeof key !== 'string') this.#refuseRemoval(key);
    else if (!this.tally.isClosed) {
      const series = this.#series.get(key) ?? this.#newAway(key);
      this.tally.drop('removed', series.discard());
      this.letGo(series);
      this.#noteRemoved(series);
    }
  }

  /** Removes all series that have these labels: those known here at once, those that are in Redis with the next flush. */
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
      const leaves = sweep.matches(series.key);
      if (leaves) dropped += series.discard();
      return leaves;
    });
    this.tally.drop('removed', dropped);
    this.#leave(this.#series.leaving - this.scope.budget.maxSeries);
    if (!this.isShared()) return;
    // Asked for again, as it may be many times while Redis is away: this one finds all that the one before it would.
    for (const older of this.#sweeps) if (older.isLike(sweep)) this.scope.changed.endSweep(older);
    if (this.#sweeps.size >= MOST_SWEEPS) {
      this.#warnOfRemovals(
        `more than ${MOST_SWEEPS} removeMatching() wait: series of other processes are left to expire`,
      );
      return;
    }
    this.#sweeps.add(sweep);
    this.scope.changed.sweep(sweep);
  }

  clear(): void {
    this.removeMatching(NO_LABELS);
  }

  /** Removes the series of a key that a sweep found in Redis, but not what was recorded in it since the sweep began. */
  removeFound(key: string): void {
    const series = this.#series.get(key) ?? this.#newAway(key);
    // One that is here came, or came back, since: its removal, if it needs one, goes with what waits of it.
    if (!series.isLetGo) return;
    this.letGo(series);
    this.#noteRemoved(series);
  }

  /** Sends away some of what was removed. @returns whether that was all */
  settle(): boolean {
    this.#leave(LEAVING_A_TURN);
    return this.#series.leaving === 0;
  }

  endSweep(sweep: SeriesSweep): void {
    this.#sweeps.delete(sweep);
  }

  /** Whether other processes write the same series. */
  isShared(): boolean {
    return true;
  }

  /**
   * Counts recordings as dropped, and says so once.
   * @param detail says what was expected, and what was got
   */
  drop(reason: DropReason, recordings: number, detail?: () => string | undefined): void {
    this.tally.drop(reason, recordings);
    if (recordings > 0 && reason !== 'closed') this.warnOfDrops(reason, detail);
  }

  /** Says once that recordings are dropped. */
  warnOfDrops(reason: DropReason, detail?: () => string | undefined): void {
    this.scope.log.warn(`${reason} ${this.name}`, () => {
      const what = `recordings of the ${this.type} ${this.name.slice(0, 80)} are dropped: ${reason}`;
      const more = detail?.();
      return `redmeter: ${what}${more === undefined ? '' : `: ${more}`}`;
    });
  }

  /** Lets a series go; whoever holds it may record again, and brings it back. */
  letGo(series: S): void {
    this.#series.letGo(series);
  }

  /** Lets a series go that nothing was recorded in for long; a handle rests while the application holds it. */
  letGoIdle(series: S): void {
    if (series.isHandle) this.#series.rest(series);
    else this.#series.letGo(series);
  }

  #takeBack(series: S): void {
    if (this.#series.takeBack(series)) this.#noteRemoved(series);
    else this.#noteCome(series);
  }

  /** A series that is not known here, in order to remove it. */
  #newAway(key: string): S {
    const series = this.create(key);
    this.#series.addAway(series);
    return series;
  }

  /** What is in Redis under the key of a series that came is older than this. */
  #noteCome(series: S): void {
    for (const sweep of this.#sweeps) if (sweep.matches(series.key)) this.#noteRemoved(series);
  }

  #leave(most: number): void {
    for (const series of this.#series.leave(most)) this.#noteRemoved(series);
  }

  #noteRemoved(series: S): void {
    if (this.scope.changed.noteRemoved(series)) return;
    this.#warnOfRemovals('as many wait as may (maxSeries): further ones are left to expire');
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
    if (known?.isLetGo === false) {
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
