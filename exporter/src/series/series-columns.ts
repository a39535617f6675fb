const INITIAL_SLOTS = 1024;

/** The numbers of all series, side by side: objects with a field for each would take three times the memory. */
export class SeriesColumns {
  /** The value of a counter or gauge, the count of a histogram. */
  value = new Float64Array(INITIAL_SLOTS);
  /** When a counter began, in milliseconds since the epoch; NaN when not told. */
  createdMs = new Float64Array(INITIAL_SLOTS);
  /** When it was last written, in milliseconds since the epoch; NaN when not told. */
  timestampMs = new Float64Array(INITIAL_SLOTS);
  /** When a histogram's window next shows something else although nobody writes; +Infinity for never. */
  dueMs = new Float64Array(INITIAL_SLOTS);
  /** When the index says that the series expires; NaN for a series that is in no index. */
  expiresMs = new Float64Array(INITIAL_SLOTS);
  readonly #free: number[] = [];
  #used = 0;

  /** A slot of its own for a new series. */
  take(): number {
    const slot = this.#free.pop() ?? this.#used++;
    if (slot >= this.value.length) this.#grow();
    this.value[slot] = Number.NaN;
    this.createdMs[slot] = Number.NaN;
    this.timestampMs[slot] = Number.NaN;
    this.dueMs[slot] = Number.POSITIVE_INFINITY;
    this.expiresMs[slot] = Number.NaN;
    return slot;
  }

  /** Gives a slot back. */
  release(slot: number): void {
    this.#free.push(slot);
  }

  #grow(): void {
    const larger = (column: Float64Array): Float64Array<ArrayBuffer> => {
      const copy = new Float64Array(Math.ceil(column.length * 1.25));
      copy.set(column);
      return copy;
    };
    this.value = larger(this.value);
    this.createdMs = larger(this.createdMs);
    this.timestampMs = larger(this.timestampMs);
    this.dueMs = larger(this.dueMs);
    this.expiresMs = larger(this.expiresMs);
  }
}
