import { bucketIndex, formatNumber } from '@redmeter/metric-format';
import type { CountedObservations, Histogram } from './instruments.js';
import { Series, type SeriesFamily } from './series.js';
import { shownList } from '../../errors/shown-value.js';

// Through the exports of another CommonJS module, each call costs 10 ns more (measured).
const indexOfBucket = bucketIndex;

/** One histogram series; holds the counts and the sum of its pending observations. */
export class HistogramSeries extends Series implements Histogram {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  readonly #timerUnitMs: number;
  #sum = 0;

  /** @param timerUnitMs milliseconds per unit of the values that timers observe */
  constructor(key: string, family: SeriesFamily, bounds: readonly number[], timerUnitMs: number) {
    super(key, family);
    this.#bounds = bounds;
    this.#timerUnitMs = timerUnitMs;
    this.#counts = new Array<number>(bounds.length + 1).fill(0);
  }

  /** Ten buckets take as long as one counter in Redis (measured). */
  override cost(): number {
    return 1 + Math.ceil(this.#bounds.length / 10);
  }

  observe(value: number): void {
    const { tally } = this.family;
    tally.recorded += 1;
    if (tally.isClosed || !Number.isFinite(value)) {
      this.refuse('a finite number', value);
      return;
    }
    // It becomes infinite on overflow, as in prom-client and in Redis; the observation still counts.
    this.#sum += value;
    const index = indexOfBucket(this.#bounds, value);
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    if (this.recordings === 0) this.family.noteChanged(this);
    this.recordings += 1;
  }

  merge({ bounds, counts, sum }: CountedObservations): void {
    const { tally } = this.family;
    tally.recorded += 1;
    const totals = this.#counts.map((count, i) => count + (counts[i] ?? Number.NaN));
    const total = this.#sum + sum;
    if (!tally.isClosed && !sameNumbers(bounds, this.#bounds)) {
      this.family.drop(
        'bounds_changed',
        1,
        () => `expected bounds ${shownList(this.#bounds)}, got ${shownList(bounds)}`,
      );
      return;
    }
    const isCounted =
      counts.length === totals.length && counts.every((count) => Number.isSafeInteger(count) && count >= 0);
    if (tally.isClosed || !isCounted || typeof sum !== 'number' || Number.isNaN(sum)) {
      this.refuse('whole counts of at least 0, one for each bucket and one for +Inf, and a sum', counts);
      return;
    }
    if (!totals.every(Number.isSafeInteger)) {
      this.overflow(Math.max(...this.#counts), Math.max(...counts), Number.MAX_SAFE_INTEGER);
      return;
    }
    this.#sum = total;
    totals.forEach((count, i) => (this.#counts[i] = count));
    if (this.recordings === 0) this.family.noteChanged(this);
    this.recordings += 1;
  }

  startTimer(): () => number {
    const { clock } = this.family.scope;
    const startedAtMs = clock();
    return () => {
      const duration = (clock() - startedAtMs) / this.#timerUnitMs;
      this.observe(duration);
      return duration;
    };
  }

  protected override reset(): void {
    this.#counts.fill(0);
    this.#sum = 0;
  }

  takeOperation(familyIndex: number): string {
    const text = formatNumber(this.#sum);
    const sum = Number.isFinite(this.#sum) ? text : `"${text}"`;
    const operation = `{"type":"histogram","family":${familyIndex},"counts":[${this.#counts.join(',')}],"sum":${sum}}`;
    this.#counts.fill(0);
    this.#sum = 0;
    return operation;
  }
}

/** Whether two lists hold the same numbers in the same order. */
export function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((number, i) => number === b[i]);
}
