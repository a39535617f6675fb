import { NO_BUCKETS, type SparseBuckets } from '@redmeter/metric-format';

const SMALLEST_CAPACITY = 16;

/** Counts by bucket index. Adding to one that is there allocates nothing. */
export class BucketTable {
  /**
   * A slot without a count is empty. The place of an index is its lowest bits, so that neighbours, as buckets of one histogram mostly
   * are, never collide.
   */
  #indexes = new Int32Array(SMALLEST_CAPACITY);
  #counts = new Float64Array(SMALLEST_CAPACITY);
  #mask = SMALLEST_CAPACITY - 1;
  #size = 0;

  /** Number of buckets with observations. */
  get size(): number {
    return this.#size;
  }

  /** Counts observations, at least 1. @returns whether the bucket is new */
  add(index: number, count: number): boolean {
    const indexes = this.#indexes;
    const counts = this.#counts;
    const mask = this.#mask;
    let slot = index & mask;
    for (;;) {
      const present = counts[slot] ?? 0;
      if (present === 0) break;
      if (indexes[slot] === index) {
        counts[slot] = present + count;
        return false;
      }
      slot = (slot + 1) & mask;
    }
    indexes[slot] = index;
    counts[slot] = count;
    this.#size += 1;
    if (this.#size * 4 > this.#mask * 3) this.#resize(2 * (mask + 1));
    return true;
  }

  /** All buckets with observations. */
  sorted(): SparseBuckets {
    if (this.#size === 0) return NO_BUCKETS;
    const present = [...this.#entries()].sort(([a], [b]) => a - b);
    return { indexes: present.map(([index]) => index), counts: present.map(([, count]) => count) };
  }

  clear(): void {
    if (this.#size === 0) return;
    this.#counts.fill(0);
    this.#size = 0;
  }

  /** Counts those of a list instead of its own. */
  replace({ indexes, counts }: SparseBuckets): void {
    this.clear();
    indexes.forEach((index, i) => this.add(index, counts[i] ?? 0));
  }

  *#entries(): Generator<readonly [index: number, count: number]> {
    for (const [slot, count] of this.#counts.entries()) if (count > 0) yield [this.#indexes[slot] ?? 0, count];
  }

  #resize(capacity: number): void {
    const before = [...this.#entries()];
    this.#indexes = new Int32Array(capacity);
    this.#counts = new Float64Array(capacity);
    this.#mask = capacity - 1;
    this.#size = 0;
    for (const [index, count] of before) this.add(index, count);
  }
}
