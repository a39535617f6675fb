import { MAX_ANSWER_SERIES } from '@redmeter/metric-format';

/** A metric, as far as its number of series goes. */
export interface Sized {
  readonly name: string;
  readonly size: number;
}

// Names come from the application's data, too.
const MOST_OFFENDERS = 100;
const SHOWN = 3;

/** How many series there may be, how many there are, and which metrics wanted more. */
export class SeriesBudget {
  /** Most series of all metrics together. */
  readonly maxSeries: number;
  /** Most series of a metric that was declared without a number of its own. */
  readonly maxSeriesPerFamily: number;
  /** From how many series on somebody should know of them. */
  readonly manySeries: number;
  /** Series that there are. */
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

  /** Recordings dropped for want of room, by the name of their metric: of the first hundred that this happened to. */
  get dropped(): ReadonlyMap<string, number> {
    return this.#dropped;
  }

  enrol(family: Sized): void {
    this.#families.add(family);
  }

  /** Forgets a metric that has no series. */
  strike(family: Sized): void {
    this.#families.delete(family);
  }

  /** Counts a recording that was dropped for want of room. */
  noteDropped(name: string): void {
    const known = this.#dropped.get(name);
    if (known === undefined && this.#dropped.size >= MOST_OFFENDERS) return;
    this.#dropped.set(name, (known ?? 0) + 1);
  }

  /** Which limit keeps a metric from another series, for people; it may be none of its own doing. */
  describe(size: number, maxSize: number): string {
    if (size >= maxSize) return `it has ${size} series, as many as it may; labels: expected values that are few`;
    return `this process has ${this.count} series, as many as it may (maxSeries); the largest metrics: ${this.#largest()}`;
  }

  /** That there are many series, and what becomes of more, for people. */
  describeMany(): string {
    return `this process has ${this.count} series; the script of redis_exporter shows ${MAX_ANSWER_SERIES} of all processes and metrics together, and leaves out whole metrics where there are more; the largest metrics: ${this.#largest()}. Expected labels with few values; or set maxSeries to so many as are meant, and take the native exporter`;
  }

  #largest(): string {
    const largest = [...this.#families].sort((a, b) => b.size - a.size).slice(0, SHOWN);
    return largest.map((family) => `${family.name.slice(0, 80)} ${family.size}`).join(', ');
  }
}
