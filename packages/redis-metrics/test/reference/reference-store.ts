import type { HistogramState } from './histogram-reference.js';

/** What Redis may hold under a key, as far as the merge script cares. */
export type StoredValue =
  | { readonly kind: 'dataset'; readonly id: string; readonly shards: number }
  | { readonly kind: 'number'; readonly number: number }
  /** A ledger, or a mark with its note. `refusals` starts with a space unless it is empty. */
  | { readonly kind: 'noted'; readonly batch: number; readonly note: string; readonly refusals: string }
  | { readonly kind: 'family'; readonly type: string; readonly mode: string | undefined }
  | { readonly kind: 'counter'; readonly value: number; readonly writtenMs: number }
  | ({ readonly kind: 'histogram'; readonly writtenMs: number } & HistogramState)
  | { readonly kind: 'gauge'; readonly value: number; readonly setMs: number }
  /** The index of live series: when each of them expires. */
  | { readonly kind: 'live'; readonly expiresMs: ReadonlyMap<string, number> }
  /** A string that nobody can read as a record. */
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'list' };

interface Entry {
  readonly value: StoredValue;
  /** Infinity without a time to live. */
  readonly expiresMs: number;
}

/** The keys of a Redis with their times to live. A copy is cheap, since values are never changed in place. */
export class ReferenceStore {
  #entries: Map<string, Entry>;

  constructor(entries: ReadonlyMap<string, Entry> = new Map<string, Entry>()) {
    this.#entries = new Map(entries);
  }

  copy(): ReferenceStore {
    return new ReferenceStore(this.#entries);
  }

  get(key: string, nowMs: number): StoredValue | undefined {
    const entry = this.#entries.get(key);
    return entry === undefined || entry.expiresMs <= nowMs ? undefined : entry.value;
  }

  /** @param expiresMs undefined to keep the time to live */
  set(key: string, value: StoredValue, expiresMs?: number): void {
    this.#entries.set(key, {
      value,
      expiresMs: expiresMs ?? this.#entries.get(key)?.expiresMs ?? Number.POSITIVE_INFINITY,
    });
  }

  delete(key: string): boolean {
    return this.#entries.delete(key);
  }

  /** Removes what has expired. @returns its keys */
  expire(nowMs: number): readonly string[] {
    const keys: string[] = [];
    for (const [key, { expiresMs }] of this.#entries) if (expiresMs <= nowMs) keys.push(key);
    for (const key of keys) this.#entries.delete(key);
    return keys;
  }

  clear(): void {
    this.#entries.clear();
  }

  get size(): number {
    return this.#entries.size;
  }

  keys(): IterableIterator<string> {
    return this.#entries.keys();
  }

  *values(): Generator<readonly [string, StoredValue]> {
    for (const [key, { value }] of this.#entries) yield [key, value];
  }
}
