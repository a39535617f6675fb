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
  /** Series that there are. */
  count = 0;
  readonly #families = new Set<Sized>();
  readonly #dropped = new Map<string, number>();

  constructor(maxSeries: number, maxSeriesPerFamily: number) {
    this.maxSeries = maxSeries;
    this.maxSeriesPerFamily = maxSeriesPerFamily;
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
    const largest = [...this.#families].sort((a, b) => b.size - a.size).slice(0, SHOWN);
    const sizes = largest.map((family) => `${family.name.slice(0, 80)} ${family.size}`).join(', ');
    return `this process has ${this.count} series, as many as it may (maxSeries); the largest metrics: ${sizes}`;
  }
}
