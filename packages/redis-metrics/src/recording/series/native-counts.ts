import {
  addNative,
  lowerSchema,
  MIN_SCHEMA,
  nativeIndex,
  NO_BUCKETS,
  type NativeBuckets,
} from '@redmeter/metric-format';
import { BucketTable } from './bucket-table.js';

// Through the exports of another CommonJS module, each call costs 10 ns more (measured).
const indexOfNative = nativeIndex;

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
  readonly #positive = new BucketTable();
  #negative: BucketTable | undefined;

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
    this.#replace(addNative(this.read(), others));
    this.#limit();
  }

  read(): NativeBuckets {
    return {
      schema: this.#schema,
      zeroThreshold: this.#zeroThreshold,
      zeroCount: this.#zeroCount,
      positive: this.#positive.sorted(),
      negative: this.#negative?.sorted() ?? NO_BUCKETS,
    };
  }

  clear(): void {
    this.#schema = this.#layout.schema;
    this.#zeroThreshold = this.#layout.zeroThreshold;
    this.#zeroCount = 0;
    this.#positive.clear();
    this.#negative?.clear();
  }

  #replace({ schema, zeroThreshold, zeroCount, positive, negative }: NativeBuckets): void {
    this.#schema = schema;
    this.#zeroThreshold = zeroThreshold;
    this.#zeroCount = zeroCount;
    this.#positive.replace(positive);
    if (this.#negative !== undefined || negative.indexes.length > 0) this.#negatives().replace(negative);
  }

  #negatives(): BucketTable {
    return (this.#negative ??= new BucketTable());
  }

  #indexOf(magnitude: number): number {
    return magnitude === Number.POSITIVE_INFINITY
      ? nativeIndex(this.#schema, Number.MAX_VALUE) + 1
      : nativeIndex(this.#schema, magnitude);
  }

  #limit(): void {
    while (this.size > this.#layout.maxBuckets && this.#schema > MIN_SCHEMA) {
      this.#replace(lowerSchema(this.read(), this.#schema - 1));
    }
  }
}
