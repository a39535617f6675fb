import { MAX_ANSWER_SERIES } from '@redmeter/metric-format';

/** A metric and its number of series. */
export interface Sized {
  readonly name: string;
  readonly size: number;
}

// Names may come from the application's data.
const MAX_OFFENDERS = 100;
const SHOWN = 3;

/** The limits of series, the current number, and the metrics that exceeded a limit. */
export class SeriesBudget {
  /** Maximum number of series of all metrics. */
  readonly maxSeries: number;
  /** Maximum number of series of a metric that was declared without a limit. */
  readonly maxSeriesPerFamily: number;
  /** Number of series from which a warning is logged. */
  readonly manySeries: number;
  /** Current number of series. */
  count = 0;
  readonly #families = new Set<Sized>();
  readonly #dropped = new Map<string, number>();

  constructor(maxSeries: number, maxSeriesPerFamily: number, manySeries = Number.POSITIVE_INFINITY) {
    this.maxSeries = maxSeries;
    this.maxSeriesPerFamily = maxSeriesPerFamily;
    this.manySeries = manySeries;
  }

  get isSpent(): boolean {
    return this.count >= this.maxSeries;
  }

  /** Recordings dropped because of a limit, by metric name; for the first hundred such metrics. */
  get dropped(): ReadonlyMap<string, number> {
    return this.#dropped;
  }

  register(family: Sized): void {
    this.#families.add(family);
  }

  /** Removes a metric that has no series. */
  unregister(family: Sized): void {
    this.#families.delete(family);
  }

  /** Counts a recording that was dropped because of a limit. */
  noteDropped(name: string): void {
    const known = this.#dropped.get(name);
    if (known === undefined && this.#dropped.size >= MAX_OFFENDERS) return;
    this.#dropped.set(name, (known ?? 0) + 1);
  }

  /** Describes the limit that a metric has reached, for the log; it may be that of the process. */
  describe(size: number, maxSize: number): string {
    if (size >= maxSize) return `it has ${size} series, its limit; expected labels with few values`;
    return `this process has ${this.count} series, its limit (maxSeries); the largest metrics: ${this.#largest()}`;
  }

  /** Describes that there are many series, for the log. */
  describeMany(): string {
    return `this process has ${this.count} series; the script of redis_exporter shows at most ${MAX_ANSWER_SERIES} of all processes and leaves out whole metrics beyond that; the largest metrics: ${this.#largest()}. Expected labels with few values; if so many are intended, set maxSeries and use the native exporter`;
  }

  #largest(): string {
    const largest = [...this.#families].sort((a, b) => b.size - a.size).slice(0, SHOWN);
    return largest.map((family) => `${family.name.slice(0, 80)} ${family.size}`).join(', ');
  }
}
