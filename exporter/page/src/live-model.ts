import { History } from './history.js';
import type { FamilySeries, FamilySummary, LabelPair, SeriesValues, StateEvent, Totals } from './protocol.js';

/** A series of an open family. */
export interface SeriesState {
  readonly labels: readonly LabelPair[];
  /** Its labels as one text. */
  readonly key: string;
  values: SeriesValues;
  /** Of its value; of a histogram the counts. */
  readonly history: History;
  /** Of a histogram's p95. */
  readonly percentiles: History;
}

/** A family that is open. */
export interface OpenState {
  readonly series: ReadonlyMap<number, SeriesState>;
  readonly order: readonly number[];
  readonly more: number;
}

/** A family as it is listed. */
export interface FamilyState {
  readonly summary: FamilySummary;
  /** Of the sum; of a gauge the largest value. */
  readonly history: History;
  /** Of the largest p95 of a histogram. */
  readonly percentiles: History;
}

/** How long the past of what is not shown is kept, milliseconds. */
const FORGET_MS = 120_000;

/** What the page knows: the newest state, and the last minutes of what it showed. */
export class LiveModel {
  readonly families = new Map<string, FamilyState>();
  readonly open = new Map<string, OpenState>();
  totals: Totals | undefined;
  /** Families that the filter takes beside those known. */
  more = 0;
  nowMs = 0;
  readMs = 0;
  readonly #histories = new Map<string, History>();

  /**
   * Takes in an event.
   * @param query the filter it was made for: another filter adds up other series
   */
  apply(event: StateEvent, query: string): void {
    this.nowMs = event.nowMs;
    this.readMs = event.readMs;
    this.more = event.more;
    this.totals = event.totals ?? this.totals;
    if (event.isFirst) {
      this.families.clear();
      this.open.clear();
    }
    for (const summary of event.families) {
      this.families.set(summary.name, {
        summary,
        history: this.#history('family', query, summary.name),
        percentiles: this.#history('p95', query, summary.name),
      });
    }
    for (const name of event.gone) {
      this.families.delete(name);
      this.open.delete(name);
    }
    for (const series of event.open) this.open.set(series.name, this.#opened(series));
    this.#remember();
  }

  #opened({ name, came, gone, values, order, more }: FamilySeries): OpenState {
    const before = this.open.get(name);
    const series = new Map(before?.series);
    for (const id of gone) series.delete(id);
    for (const { id, labels } of came) {
      const key = JSON.stringify(labels);
      series.set(id, {
        labels,
        key,
        values: [],
        history: this.#history('series', name, key),
        percentiles: this.#history('series p95', name, key),
      });
    }
    for (const [id, shown] of values) {
      const state = series.get(id);
      if (state !== undefined) state.values = shown;
    }
    return { series, order: order ?? before?.order ?? [], more };
  }

  #history(...path: readonly string[]): History {
    const key = path.join('\n');
    let history = this.#histories.get(key);
    if (history === undefined) this.#histories.set(key, (history = new History()));
    return history;
  }

  /** Adds the moment to the past of all that is shown. */
  #remember(): void {
    for (const { summary, history, percentiles } of this.families.values()) {
      history.add(this.nowMs, (summary.type === 'gauge' ? summary.max : summary.sum) ?? Number.NaN);
      percentiles.add(this.nowMs, summary.percentiles?.[1] ?? Number.NaN);
    }
    for (const { series } of this.open.values()) {
      for (const { values, history, percentiles } of series.values()) {
        history.add(this.nowMs, valueNumber(values[0]) ?? Number.NaN);
        percentiles.add(this.nowMs, valueNumber(values[3]) ?? Number.NaN);
      }
    }
    for (const [key, { lastMs }] of this.#histories) {
      if (lastMs < this.nowMs - FORGET_MS && lastMs > Number.NEGATIVE_INFINITY) this.#histories.delete(key);
    }
  }
}

/** The number of a value as Prometheus gets it; null where there is none. */
export function valueNumber(text: string | null | undefined): number | null {
  if (text === null || text === undefined) return null;
  return text.endsWith('Inf') ? Number(`${text.startsWith('-') ? '-' : ''}Infinity`) : Number(text);
}
