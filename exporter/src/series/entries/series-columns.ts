import type { Exemplar } from '@redmeter/metric-format';
import type { ValueForm } from '../values/value-outcome.js';
import { KeyStore } from '../keys/key-store.js';
import { NoValues } from './no-value.js';
import { SlotSet } from './slot-set.js';

/** What is held of a histogram besides its numbers. */
export interface HistogramState {
  /** Its record as it was read, JSON: far smaller than its numbers as objects. */
  readonly json: string;
  /** When its window next shows something else although nobody writes; +Infinity for never. */
  dueMs: number;
  readonly hasExemplars: boolean;
}

const INITIAL_SLOTS = 1024;
const GROWTH = 1.125;
const NO_SLOT = -1;

/** Numbers for forms. Any language may write a bare number or a hash without noting it in the index. */
export const FORM: Readonly<Record<ValueForm, number>> = { json: 0, number: 1, hash: 2 };

/** The numbers of all series, side by side: objects with a field for each would take three times the memory. */
export class SeriesColumns {
  readonly keys = new KeyStore();
  /** Why there is no value to show. */
  readonly missing = new NoValues(INITIAL_SLOTS);
  /** The value of a counter or gauge, the count of a histogram. */
  value = new Float64Array(INITIAL_SLOTS);
  /** When a counter began, in milliseconds since the epoch; NaN when unknown. */
  createdMs = new Float64Array(INITIAL_SLOTS);
  /** When it was last written, in milliseconds since the epoch; NaN when unknown. */
  timestampMs = new Float64Array(INITIAL_SLOTS);
  /** What only histograms have: few of all series, so it is not a column. */
  readonly histograms = new Map<number, HistogramState>();
  /** The exemplars of counters; those of histograms are in their JSON. */
  readonly exemplars = new Map<number, readonly Exemplar[]>();
  /** Slots of counts that are shown as 0, see NewCounts. There is hardly ever one, and a set is slow to ask: look at its size first. */
  readonly atZero = new Set<number>();
  /** When the series expires, from the index; NaN for a series that is in no index. */
  expiresMs = new Float64Array(INITIAL_SLOTS);
  /** What Redis holds the value as, by FORM. */
  form = new Uint8Array(INITIAL_SLOTS);
  /** Those whose keys the full listing under way, or the last one, has named. */
  readonly listed = new SlotSet(INITIAL_SLOTS);
  /** Those whose values the read under way, or the last one, asks for. */
  readonly due = new SlotSet(INITIAL_SLOTS);
  /** The number of the chunk that renders it, within its group; 0 while it has no value, or waits to be put in its place. */
  chunk = new Uint32Array(INITIAL_SLOTS);
  /** Where the key stood in its chunk when that was last laid out; it may have moved since. */
  position = new Uint16Array(INITIAL_SLOTS);
  /**
   * The slot of the key that followed it among changes last, -1 for none: writers keep an order, which spares looking most
   * keys up. That key may be gone since.
   */
  follower = new Int32Array(INITIAL_SLOTS);
  readonly #free: number[] = [];
  #used = 0;

  /**
   * A slot of its own for a new key.
   * @param key its bytes, one a character
   * @param headLength how many of them other keys are likely to begin with
   */
  take(key: string, headLength: number): number {
    const slot = this.#free.pop() ?? this.#used++;
    if (slot >= this.value.length) this.#grow();
    this.keys.add(slot, key, headLength);
    this.missing.set(slot, 'absent');
    this.value[slot] = Number.NaN;
    this.createdMs[slot] = Number.NaN;
    this.timestampMs[slot] = Number.NaN;
    this.expiresMs[slot] = Number.NaN;
    this.form[slot] = FORM.json;
    this.listed.delete(slot);
    this.due.delete(slot);
    this.chunk[slot] = 0;
    this.follower[slot] = NO_SLOT;
    return slot;
  }

  /** The value of a counter or gauge as it is shown. */
  shownValue(slot: number): number {
    return this.atZero.size > 0 && this.atZero.has(slot) ? 0 : (this.value[slot] ?? Number.NaN);
  }

  /** Whether there may be exemplars at all. */
  get knowExemplars(): boolean {
    return this.exemplars.size > 0 || this.histograms.size > 0;
  }

  /** Whether a series has exemplars. */
  hasExemplars(slot: number): boolean {
    if (this.exemplars.size > 0 && this.exemplars.has(slot)) return true;
    return this.histograms.size > 0 && this.histograms.get(slot)?.hasExemplars === true;
  }

  /** When a series next shows something else although nobody writes it; +Infinity for never. */
  dueMs(slot: number): number {
    if (this.histograms.size === 0) return Number.POSITIVE_INFINITY;
    return this.histograms.get(slot)?.dueMs ?? Number.POSITIVE_INFINITY;
  }

  /** Gives a slot back. */
  release(slot: number): void {
    this.keys.delete(slot);
    this.histograms.delete(slot);
    this.exemplars.delete(slot);
    this.atZero.delete(slot);
    this.#free.push(slot);
  }

  #grow(): void {
    const length = Math.ceil(this.value.length * GROWTH);
    this.value = enlarged(this.value, new Float64Array(length));
    this.createdMs = enlarged(this.createdMs, new Float64Array(length));
    this.timestampMs = enlarged(this.timestampMs, new Float64Array(length));
    this.expiresMs = enlarged(this.expiresMs, new Float64Array(length));
    this.form = enlarged(this.form, new Uint8Array(length));
    this.missing.grow(length);
    this.listed.grow(length);
    this.due.grow(length);
    this.chunk = enlarged(this.chunk, new Uint32Array(length));
    this.position = enlarged(this.position, new Uint16Array(length));
    this.follower = enlarged(this.follower, new Int32Array(length));
  }
}

function enlarged<T extends Float64Array | Int32Array | Uint32Array | Uint16Array | Uint8Array>(
  column: T,
  larger: T,
): T {
  larger.set(column);
  return larger;
}
