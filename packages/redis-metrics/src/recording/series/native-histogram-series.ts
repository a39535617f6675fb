import {
  bucketIndex,
  classicCountsOf,
  formatNumber,
  nativeIndex,
  type NativeBuckets,
  type SparseBuckets,
} from '@redmeter/metric-format';
import { PendingExemplars, type ExemplarLabels } from './exemplars.js';
import type { CountedObservations, Histogram, NativeObservations } from './instruments.js';
import { NativeCounts, type NativeLayout } from './native-counts.js';
import { NOT_COUNTED, readObservations } from './observations.js';
import { Series, type Carrier, type SeriesFamily } from './series.js';

// Through the exports of another CommonJS module, each call costs 10 ns more (measured).
const indexOfBucket = bucketIndex;

/** Buckets that take as long in Redis as one counter, and what the rest of a native histogram takes (measured with 80 in the record). */
const BUCKETS_OF_A_COUNTER = 10;
const COUNTERS_OF_A_RECORD = 6;

/** One series of a native histogram; holds its pending observations by bucket, and by classic bucket if it has those too. */
export class NativeHistogramSeries extends Series implements Histogram {
  readonly #native: NativeCounts;
  readonly #layout: NativeLayout;
  readonly #bounds: readonly number[] | undefined;
  readonly #counts: number[] | undefined;
  readonly #timerUnitMs: number;
  #sum = 0;
  #count = 0;
  #exemplars: PendingExemplars | undefined;
  #cost = 1;

  /**
   * @param bounds classic buckets to keep beside the native ones, if any
   * @param timerUnitMs milliseconds per unit of the values that timers observe
   */
  constructor(
    key: string,
    family: SeriesFamily,
    layout: NativeLayout,
    bounds: readonly number[] | undefined,
    timerUnitMs: number,
  ) {
    super(key, family);
    this.#layout = layout;
    this.#native = new NativeCounts(layout);
    this.#bounds = bounds;
    this.#counts = bounds && new Array<number>(bounds.length + 1).fill(0);
    this.#timerUnitMs = timerUnitMs;
  }

  /** Of what was taken last. */
  override cost(): number {
    return this.#cost;
  }

  observe(value: number, exemplar?: ExemplarLabels): void {
    const { tally } = this.family;
    tally.recorded += 1;
    if (tally.isClosed || !Number.isFinite(value)) {
      this.refuse('a finite number', value);
      return;
    }
    if (this.#count >= Number.MAX_SAFE_INTEGER) {
      this.overflow(this.#count, 1, Number.MAX_SAFE_INTEGER);
      return;
    }
    this.#sum += value;
    this.#count += 1;
    this.#native.observe(value);
    if (this.#bounds !== undefined && this.#counts !== undefined) {
      const index = indexOfBucket(this.#bounds, value);
      this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    }
    if (this.recordings === 0) this.family.noteChanged(this);
    this.recordings += 1;
    if (exemplar !== undefined || tally.hasExemplarSource) this.#noteExemplar(value, exemplar);
  }

  merge(observations: CountedObservations | NativeObservations): void {
    const { tally } = this.family;
    tally.recorded += 1;
    const read = tally.isClosed ? undefined : readObservations(observations);
    if (read === undefined) {
      this.refuse(NOT_COUNTED, observations);
      return;
    }
    if (!Number.isSafeInteger(this.#count + read.total)) {
      this.overflow(this.#count, read.total, Number.MAX_SAFE_INTEGER);
      return;
    }
    this.#sum += read.sum;
    this.#count += read.total;
    if (read.form === 'native') this.#mergeNative(read.buckets);
    else this.#mergeClassic(read.bounds, read.counts);
    if (this.recordings === 0) this.family.noteChanged(this);
    this.recordings += 1;
  }

  startTimer(): (exemplar?: ExemplarLabels) => number {
    const { clock } = this.family.scope;
    const startedAtMs = clock();
    return (exemplar) => {
      const duration = (clock() - startedAtMs) / this.#timerUnitMs;
      this.observe(duration, exemplar);
      return duration;
    };
  }

  protected override reset(): void {
    this.#native.clear();
    this.#counts?.fill(0);
    this.#sum = 0;
    this.#count = 0;
    this.#exemplars = undefined;
  }

  takeOperation(familyIndex: number, { madeAtMs }: Carrier): string {
    const { schema, zeroThreshold, zeroCount, positive, negative } = this.#native.read();
    this.#cost = this.#costOf(positive.indexes.length + negative.indexes.length);
    const sum = formatNumber(this.#sum);
    const exemplars = this.#exemplars?.take(madeAtMs) ?? '';
    const operation =
      `{"type":"histogram","family":${familyIndex},"schema":${schema},"zeroThreshold":${formatNumber(zeroThreshold)},` +
      `"zeroCount":${zeroCount}${shownBuckets('positive', positive)}${shownBuckets('negative', negative)}` +
      (this.#counts === undefined ? '' : `,"counts":[${this.#counts.join(',')}]`) +
      `,"sum":${Number.isFinite(this.#sum) ? sum : `"${sum}"`}${exemplars === '' ? '' : `,"exemplars":[${exemplars}]`}}`;
    this.reset();
    return operation;
  }

  #costOf(buckets: number): number {
    return COUNTERS_OF_A_RECORD + Math.ceil((buckets + (this.#bounds?.length ?? 0)) / BUCKETS_OF_A_COUNTER);
  }

  #noteExemplar(value: number, exemplar: ExemplarLabels | undefined): void {
    this.#exemplars ??= new PendingExemplars();
    const { schema, zeroThreshold } = this.#layout;
    // One number for each bucket: indexes are far below 2^20.
    const index = Math.abs(value) <= zeroThreshold ? 0 : nativeIndex(schema, Math.abs(value)) + 2 ** 20;
    this.#exemplars.note(this.family, value < 0 ? -index : index, value, exemplar);
  }

  #mergeNative(buckets: NativeBuckets): void {
    this.#native.merge(buckets);
    if (this.#bounds === undefined || this.#counts === undefined) return;
    for (const [i, count] of classicCountsOf(buckets, this.#bounds).entries()) {
      this.#counts[i] = (this.#counts[i] ?? 0) + count;
    }
  }

  /** An observation of which only a bucket is known is taken for the upper bound of that. */
  #mergeClassic(bounds: readonly number[], counts: readonly number[]): void {
    for (const [i, count] of counts.entries()) {
      const bound = bounds[i] ?? Number.POSITIVE_INFINITY;
      this.#native.observeMany(bound, count);
      this.#addToBounds(bound, count);
    }
  }

  #addToBounds(value: number, count: number): void {
    if (this.#bounds === undefined || this.#counts === undefined) return;
    const index = indexOfBucket(this.#bounds, value);
    this.#counts[index] = (this.#counts[index] ?? 0) + count;
  }
}

function shownBuckets(sign: 'positive' | 'negative', { indexes, counts }: SparseBuckets): string {
  return indexes.length === 0 ? '' : `,"${sign}":{"indexes":[${indexes.join(',')}],"counts":[${counts.join(',')}]}`;
}
