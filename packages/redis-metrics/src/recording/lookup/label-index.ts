import type { Labels } from '../series/instruments.js';
import { LabelMemo } from './label-memo.js';

/** An item with a key that ends with its labels. */
export interface Keyed {
  readonly key: string;
}

// V8 has many internal string representations, so a method call looks up the method each time; calling a saved reference takes a tenth
// of the time in the loops below (measured).
// eslint-disable-next-line @typescript-eslint/unbound-method
const { charCodeAt } = String.prototype;

const MIN_TABLE_SIZE = 8;
// With linear probing, a search for a missing series checks about seven slots (Knuth, volume 3, 6.4).
const MAX_LOAD_FACTOR = 0.75;
const HASHES_GROWTH = 1.25;
// Random per process, so that nobody can choose label values that all collide.
const SEED = Math.floor(Math.random() * 0x1_0000_0000) | 0;
const MULTIPLIER = 0x01000193;
const COLON = 58;
const COMMA = 44;
const EQUALS = 61;

/**
 * Finds a series by its labels without building its key. It is a hash table over the label values in the keys, which stores only an index
 * and a hash for each series, so that a process can have very many.
 */
export class LabelIndex<T extends Keyed> {
  /** In no particular order, without gaps. */
  #items: T[] = [];
  /** Hashes of the items, by the same index. */
  #hashes = new Int32Array(MIN_TABLE_SIZE);
  /** Indexes in `#items`, from 1; 0 for an empty slot. */
  #table = new Int32Array(MIN_TABLE_SIZE);

  #unlabelled: T | undefined;
  readonly #memo = new LabelMemo<T>();

  get size(): number {
    return this.#items.length;
  }

  /** All series; valid until one is added or removed. */
  get items(): readonly T[] {
    return this.#items;
  }

  /**
   * Finds the series with these labels in the common cases, which are fast: strings, numbers or booleans in the order of their names, or
   * labels that were found recently. Undefined does not mean that there is none: others, and values that are encoded in keys, need
   * `get`.
   */
  find(labels: Labels): T | undefined {
    // A for-in loop over null or a number would find the series without labels.
    if (!isObject(labels)) return undefined;
    const known = this.#memo.find(labels);
    if (known !== undefined) return known;
    const found = this.#findByHash(labels);
    if (found !== undefined) this.#memo.remember(labels, found);
    return found;
  }

  /** Lets `find` find a series by these labels. */
  remember(labels: Labels, item: T): void {
    this.#memo.remember(labels, item);
  }

  #findByHash(labels: Labels): T | undefined {
    let hash = SEED;
    let length = 0;
    let previous = '';
    for (const name in labels) {
      const value = labels[name];
      const text = typeof value === 'string' ? value : textOf(value);
      if (text === '' || name <= previous) return undefined;
      hash = hashOfValue(hash, text);
      length += name.length + text.length + 2;
      previous = name;
    }
    if (length === 0) return this.#unlabelled;
    hash = mixed(hash);
    const table = this.#table;
    const mask = table.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const place = table[slot] ?? 0;
      if (place === 0) return undefined;
      if (this.#hashes[place - 1] !== hash) continue;
      const item = this.#items[place - 1];
      if (item !== undefined && hasLabels(item.key, labels, length)) return item;
    }
  }

  /** The series of this key. */
  get(key: string): T | undefined {
    return this.#items[this.#placeOf(key) - 1];
  }

  /** Adds a series, or replaces the one with the same key. */
  set(item: T): void {
    const known = this.#placeOf(item.key);
    if (labelsIn(item.key).length === 0) this.#unlabelled = item;
    if (known > 0) {
      this.#memo.clear();
      this.#items[known - 1] = item;
      return;
    }
    this.#makeRoom();
    this.#hashes[this.#items.length] = hashOfKey(item.key);
    this.#items.push(item);
    this.#enter(this.#items.length);
  }

  /** Removes the series of this key. */
  delete(key: string): void {
    const place = this.#placeOf(key);
    if (place === 0) return;
    this.#memo.clear();
    if (this.#unlabelled?.key === key) this.#unlabelled = undefined;
    this.#leave(place);
    const last = this.#items.length;
    if (place !== last) {
      this.#leave(last);
      const moved = this.#items[last - 1];
      if (moved !== undefined) this.#items[place - 1] = moved;
      this.#hashes[place - 1] = this.#hashes[last - 1] ?? 0;
    }
    this.#items.pop();
    if (place !== last) this.#enter(place);
  }

  /** All series. Series may be added and removed during the iteration; none that stays is skipped. */
  *values(): Generator<T> {
    // Backwards: a removed series is replaced by one that was already returned.
    for (let i = this.#items.length - 1; i >= 0; i -= 1) {
      const item = this.#items[i];
      if (item !== undefined) yield item;
    }
  }

  #placeOf(key: string): number {
    const hash = hashOfKey(key);
    const mask = this.#table.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const place = this.#table[slot] ?? 0;
      if (place === 0) return 0;
      if (this.#hashes[place - 1] === hash && this.#items[place - 1]?.key === key) return place;
    }
  }

  #enter(place: number): void {
    const mask = this.#table.length - 1;
    let slot = (this.#hashes[place - 1] ?? 0) & mask;
    while (this.#table[slot] !== 0) slot = (slot + 1) & mask;
    this.#table[slot] = place;
  }

  /** Empties a slot and moves later entries of the same probe sequence (Knuth, volume 3, 6.4, algorithm R). */
  #leave(place: number): void {
    const table = this.#table;
    const mask = table.length - 1;
    let empty = (this.#hashes[place - 1] ?? 0) & mask;
    while (table[empty] !== place) empty = (empty + 1) & mask;
    for (let slot = (empty + 1) & mask; table[slot] !== 0; slot = (slot + 1) & mask) {
      const wanted = (this.#hashes[(table[slot] ?? 0) - 1] ?? 0) & mask;
      if (((slot - wanted) & mask) >= ((slot - empty) & mask)) {
        table[empty] = table[slot] ?? 0;
        empty = slot;
      }
    }
    table[empty] = 0;
  }

  #makeRoom(): void {
    const needed = this.#items.length + 1;
    if (needed > this.#hashes.length) {
      const hashes = new Int32Array(Math.ceil(needed * HASHES_GROWTH));
      hashes.set(this.#hashes);
      this.#hashes = hashes;
    }
    if (needed > this.#table.length * MAX_LOAD_FACTOR) {
      this.#table = new Int32Array(this.#table.length * 2);
      for (let place = 1; place < needed; place += 1) this.#enter(place);
    }
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** A number or boolean as a string; '' for anything that is not a label value. */
function textOf(value: unknown): string {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

/** Mixes all bits into the lowest ones, which select the slot. */
function mixed(hash: number): number {
  const once = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return once ^ (once >>> 13);
}

function hashOfValue(hash: number, text: string): number {
  // Read once: in the loop it took most of the time (measured).
  const { length } = text;
  for (let i = 0; i < length; i += 1) hash = Math.imul(hash ^ charCodeAt.call(text, i), MULTIPLIER);
  return Math.imul(hash ^ COMMA, MULTIPLIER);
}

/** Hash over the label values in a key. */
function hashOfKey(key: string): number {
  let hash = SEED;
  for (const label of labelsIn(key)) hash = hashOfValue(hash, label.slice(label.indexOf('=') + 1));
  return mixed(hash);
}

/** The labels in a key; without labels it ends with the metric's name. */
function labelsIn(key: string): string[] {
  const last = key.slice(key.lastIndexOf(':') + 1);
  return last.includes('=') ? last.split(',') : [];
}

/**
 * Whether a key ends with exactly these labels. Separators occur only between labels; a key with a percent sign has an encoded value and
 * never matches.
 * @param length length of their text, including the colon before it
 */
function hasLabels(key: string, labels: Labels, length: number): boolean {
  let at = key.length - length;
  if (charCodeAt.call(key, at) !== COLON || key.includes('%', at)) return false;
  for (const name in labels) {
    const separator = charCodeAt.call(key, at);
    if (separator !== COMMA && separator !== COLON) return false;
    at += 1;
    // In a key, names do not contain them.
    if (name.includes('=') || name.includes(':') || !key.startsWith(name, at)) return false;
    at += name.length;
    if (charCodeAt.call(key, at) !== EQUALS) return false;
    at += 1;
    const value = labels[name];
    const text = typeof value === 'string' ? value : textOf(value);
    const textLength = text.length;
    for (let i = 0; i < textLength; i += 1, at += 1) {
      if (charCodeAt.call(text, i) !== charCodeAt.call(key, at)) return false;
    }
  }
  return true;
}
