import type { Labels } from '../series/instruments.js';
import { LabelMemo } from './label-memo.js';

/** What is found by its labels: they stand at the end of its key. */
export interface Keyed {
  readonly key: string;
}

// Strings are of many inner kinds, so that the way to their methods is looked up at each call; known once, it takes a tenth
// of the time of the loops below (measured).
// eslint-disable-next-line @typescript-eslint/unbound-method
const { charCodeAt } = String.prototype;

const SMALLEST_TABLE = 8;
// By linear probing, some seven slots are looked at for a series that is not there (Knuth, volume 3, 6.4).
const FULLEST_TABLE = 0.75;
const HASHES_GROWTH = 1.25;
// Differs from process to process, so that nobody can choose label values that all fall into one place of the table.
const SEED = Math.floor(Math.random() * 0x1_0000_0000) | 0;
const MULTIPLIER = 0x01000193;
const COLON = 58;
const COMMA = 44;
const EQUALS = 61;

/**
 * Finds a series by its labels without building its key: a hash table over the label values as they stand in the keys, which
 * holds nothing but a place and a hash for each series, so that a process can afford very many.
 */
export class LabelIndex<T extends Keyed> {
  /** In no order; without holes. */
  #items: T[] = [];
  /** Of the items, at the same places. */
  #hashes = new Int32Array(SMALLEST_TABLE);
  /** Places in `#items`, from 1; 0 where there is none. */
  #table = new Int32Array(SMALLEST_TABLE);

  #unlabelled: T | undefined;
  readonly #memo = new LabelMemo<T>();

  get size(): number {
    return this.#items.length;
  }

  /** All series, for as long as none comes or goes. */
  get items(): readonly T[] {
    return this.#items;
  }

  /**
   * The series of these labels, when they are texts, numbers or booleans, given in the order of their names, or were found of
   * late: the common cases, and the fast ones. Undefined says nothing about others, nor about values that are encoded in keys:
   * `get` does.
   */
  find(labels: Labels): T | undefined {
    // JavaScript has no labels in null or in a number, and would find the series without any.
    if (!isObject(labels)) return undefined;
    const known = this.#memo.find(labels);
    if (known !== undefined) return known;
    const found = this.#findByHash(labels);
    if (found !== undefined) this.#memo.remember(labels, found);
    return found;
  }

  /** Lets `find` know a series by these labels, which mean its key. */
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

  /** Adds a series, in place of one with the same key. */
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

  /** Forgets the series of this key. */
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

  /** All series; meanwhile some may come, and go: none that stays is left out. */
  *values(): Generator<T> {
    // From the last on: only one already seen takes the place of one that goes.
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

  /** Empties a slot, and moves those after it that it kept from their own place (Knuth, volume 3, 6.4, algorithm R). */
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
    if (needed > this.#table.length * FULLEST_TABLE) {
      this.#table = new Int32Array(this.#table.length * 2);
      for (let place = 1; place < needed; place += 1) this.#enter(place);
    }
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** What `String` makes of a number or boolean; '' for what is no label value. */
function textOf(value: unknown): string {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

/** The lowest bits, which choose the place, must depend on all others. */
function mixed(hash: number): number {
  const once = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return once ^ (once >>> 13);
}

function hashOfValue(hash: number, text: string): number {
  // Read once: asked in the loop, it took most of the time (measured), strings being of many inner kinds.
  const { length } = text;
  for (let i = 0; i < length; i += 1) hash = Math.imul(hash ^ charCodeAt.call(text, i), MULTIPLIER);
  return Math.imul(hash ^ COMMA, MULTIPLIER);
}

/** Over the label values as they stand in the key. */
function hashOfKey(key: string): number {
  let hash = SEED;
  for (const label of labelsIn(key)) hash = hashOfValue(hash, label.slice(label.indexOf('=') + 1));
  return mixed(hash);
}

/** The labels as they stand in a key; without any, the metric's name comes last. */
function labelsIn(key: string): string[] {
  const last = key.slice(key.lastIndexOf(':') + 1);
  return last.includes('=') ? last.split(',') : [];
}

/**
 * Whether a key ends with exactly these labels. Separators stand in a key between labels only, and the percent sign where a
 * value is encoded; such a key is never taken for one of these labels.
 * @param length of their text, and the colon before it
 */
function hasLabels(key: string, labels: Labels, length: number): boolean {
  let at = key.length - length;
  if (charCodeAt.call(key, at) !== COLON || key.includes('%', at)) return false;
  for (const name in labels) {
    const separator = charCodeAt.call(key, at);
    if (separator !== COMMA && separator !== COLON) return false;
    at += 1;
    if (name.includes('=') || !key.startsWith(name, at)) return false;
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
