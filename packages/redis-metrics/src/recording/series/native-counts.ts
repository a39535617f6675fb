import { MIN_SCHEMA, nativeBound, nativeIndex } from '@redmeter/metric-format';
import { SparseBuckets, type SparseCounts } from './sparse-buckets.js';

// Through the exports of another CommonJS module, each call costs 10 ns more (measured).
const indexOfNative = nativeIndex;

/** Observations counted in the buckets of a native histogram. */
export interface NativeBuckets {
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly positive: SparseCounts;
  readonly negative: SparseCounts;
}

/** How a native histogram counts. */
export interface NativeLayout {
  /** -4 to 8: a bucket ends at 2^(2^-schema) times its beginning. */
  readonly schema: number;
  /** Values up to this one, without their sign, count as 0. */
  readonly zeroThreshold: number;
  /** Number of buckets, the one of zeros not counted, above which the schema is lowered. */
  readonly maxBuckets: number;
}

/** Observations of a native histogram that wait to be sent. */
export class NativeCounts {
  readonly #layout: NativeLayout;
  #schema: number;
  #zeroThreshold: number;
  #zeroCount = 0;
  readonly #positive = new SparseBuckets();
  #negative: SparseBuckets | undefined;

  constructor(layout: NativeLayout) {
    this.#layout = layout;
    this.#schema = layout.schema;
    this.#zeroThreshold = layout.zeroThreshold;
  }

  /** Number of buckets with observations, without the one of zeros. */
  get size(): number {
    return this.#positive.size + (this.#negative?.size ?? 0);
  }

  /** Counts one finite value. */
  observe(value: number): void {
    if (value > this.#zeroThreshold) {
      if (this.#positive.add(indexOfNative(this.#schema, value), 1)) this.#limit();
    } else if (value < -this.#zeroThreshold) {
      if (this.#negatives().add(indexOfNative(this.#schema, -value), 1)) this.#limit();
    } else {
      this.#zeroCount += 1;
    }
  }

  /** Counts observations at one place: a value, an infinity, or minus infinity. */
  observeMany(value: number, count: number): void {
    if (count === 0) return;
    if (Math.abs(value) <= this.#zeroThreshold) this.#zeroCount += count;
    else if (value > 0) this.#positive.add(this.#indexOf(value), count);
    else this.#negatives().add(this.#indexOf(-value), count);
    this.#limit();
  }

  /** Adds what was counted elsewhere: to the lower schema of the two, with the larger of the two thresholds. */
  merge(others: NativeBuckets): void {
    const added = NativeCounts.#of(others);
    while (added.#zeroThreshold !== this.#zeroThreshold) {
      if (added.#zeroThreshold < this.#zeroThreshold) added.#raiseThreshold(this.#zeroThreshold);
      else this.#raiseThreshold(added.#zeroThreshold);
    }
    const schema = Math.min(added.#schema, this.#schema);
    this.#lowerTo(schema);
    added.#lowerTo(schema);
    this.#zeroCount += added.#zeroCount;
    const { positive, negative } = added.read();
    positive.indexes.forEach((index, i) => this.#positive.add(index, positive.counts[i] ?? 0));
    negative.indexes.forEach((index, i) => this.#negatives().add(index, negative.counts[i] ?? 0));
    this.#limit();
  }

  read(): NativeBuckets {
    return {
      schema: this.#schema,
      zeroThreshold: this.#zeroThreshold,
      zeroCount: this.#zeroCount,
      positive: this.#positive.sorted(),
      negative: this.#negative?.sorted() ?? { indexes: [], counts: [] },
    };
  }

  clear(): void {
    this.#schema = this.#layout.schema;
    this.#zeroThreshold = this.#layout.zeroThreshold;
    this.#zeroCount = 0;
    this.#positive.clear();
    this.#negative?.clear();
  }

  static #of({ schema, zeroThreshold, zeroCount, positive, negative }: NativeBuckets): NativeCounts {
    const counts = new NativeCounts({ schema, zeroThreshold, maxBuckets: Number.POSITIVE_INFINITY });
    counts.#zeroCount = zeroCount;
    positive.indexes.forEach((index, i) => counts.#positive.add(index, positive.counts[i] ?? 0));
    negative.indexes.forEach((index, i) => counts.#negatives().add(index, negative.counts[i] ?? 0));
    return counts;
  }

  #negatives(): SparseBuckets {
    return (this.#negative ??= new SparseBuckets());
  }

  #indexOf(magnitude: number): number {
    return magnitude === Number.POSITIVE_INFINITY
      ? nativeIndex(this.#schema, Number.MAX_VALUE) + 1
      : nativeIndex(this.#schema, magnitude);
  }

  #limit(): void {
    while (this.size > this.#layout.maxBuckets && this.#schema > MIN_SCHEMA) this.#lowerTo(this.#schema - 1);
  }

  #lowerTo(schema: number): void {
    const levels = this.#schema - schema;
    if (levels <= 0) return;
    this.#schema = schema;
    this.#positive.lower(levels);
    this.#negative?.lower(levels);
  }

  /** As Prometheus does it: where the threshold cuts a bucket with observations, it is raised to the end of that. */
  #raiseThreshold(threshold: number): void {
    const last = nativeIndex(this.#schema, threshold);
    const end = nativeBound(this.#schema, last);
    const isCut = end > threshold && (this.#positive.has(last) || this.#negative?.has(last) === true);
    const raised = isCut ? end : threshold;
    const whole = end <= raised ? last : last - 1;
    this.#zeroCount += this.#positive.takeUpTo(whole) + (this.#negative?.takeUpTo(whole) ?? 0);
    this.#zeroThreshold = raised;
  }
}
