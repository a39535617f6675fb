import type { InternalKeys } from '@redmeter/metric-format';
import { ExporterError } from '../exporter-error.js';
import type { RedisConnection } from '../redis/redis-connection.js';
import type { SeriesEntry } from '../series/series-entry.js';
import type { SeriesTable } from '../series/series-table.js';
import type { DueEntries } from './due-entries.js';
import { Expiries } from './expiries.js';
import type { Head } from './head.js';
import { changedSince, countFrom, scanKeys, scanSet, scanSortedSet, scoresOf } from './listings.js';
import type { ReadingOptions } from './reading-options.js';
import type { ReadingScope } from './reading-scope.js';

/** What is listed. */
export interface ListingOptions extends Pick<ReadingOptions, 'prefix' | 'maxSeries'>, Omit<ReadingScope, 'tag'> {
  readonly keys: InternalKeys;
}

/**
 * Which keys there are and which of them changed, from one read to the next: by the index of revisions, by listing all
 * keys while the database is small, and by the times at which the index says that series expire.
 */
export class KeyListing {
  readonly #redis: RedisConnection;
  readonly #options: ListingOptions;
  readonly #keys: InternalKeys;
  readonly #table: SeriesTable;
  readonly #expiries: Expiries;
  readonly #start: string;
  #announced = new Set<string>();
  /** Members of the index of live series that are no series of ours, or left out. */
  #uncounted = 0;
  #listing = 0;
  #truncated: readonly string[] = [];
  #truncatedAtMs = 0;

  /** @param table takes in the keys that are found, and loses those that are gone */
  constructor(redis: RedisConnection, options: ListingOptions, table: SeriesTable) {
    this.#redis = redis;
    this.#options = options;
    this.#keys = options.keys;
    this.#table = table;
    this.#expiries = new Expiries(table);
    this.#start = `${options.prefix}:`;
  }

  /** Families left out because there are too many series, by name. */
  get truncated(): readonly string[] {
    return this.#truncated;
  }

  /** When families were left out last, in milliseconds since the epoch. */
  get truncatedAtMs(): number {
    return this.#truncatedAtMs;
  }

  /** Whether writers note in the index what they do to a key. */
  isIndexed(entry: SeriesEntry): boolean {
    return this.#expiries.has(entry);
  }

  /** Whether an index names the key. */
  isNamed(entry: SeriesEntry): boolean {
    return this.isIndexed(entry) || this.#announced.has(entry.key);
  }

  /**
   * Finds new keys, and those that changed or are gone.
   * @param after the revision up to which changes are known; undefined to list everything
   * @param due takes in the keys whose values are to be read
   */
  async update(head: Head, after: number | undefined, due: DueEntries): Promise<void> {
    if (head.isScanned) await this.#byScan(head, after, due);
    else await this.#byIndex(head, after, due);
    this.#limit(head);
  }

  /** Forgets a key that is gone. */
  forget(entry: SeriesEntry): void {
    this.#expiries.delete(entry);
    this.#table.remove(entry);
  }

  async #byScan(head: Head, after: number | undefined, due: DueEntries): Promise<void> {
    this.#listing += 1;
    for await (const page of this.#options.listKeys?.() ?? scanKeys(this.#redis, this.#options.prefix)) {
      for (const key of page) {
        const entry = this.#open(key, due);
        if (entry !== undefined) this.#noteListed(entry);
      }
    }
    if (after === undefined) {
      for await (const page of scanSortedSet(this.#redis, this.#keys.live)) {
        for (const { key, score } of page) {
          const entry = this.#table.get(key);
          if (entry !== undefined && score >= head.nowMs) this.#expiries.set(entry, score);
        }
      }
    } else {
      for (const entry of await this.#readChanged(head, after, due)) {
        this.#noteListed(entry);
        // Noted by a writer from now on. When it expires does not matter while all keys are listed.
        this.#expiries.set(entry, Number.POSITIVE_INFINITY);
      }
    }
    for (const entry of this.#table.entries()) if (!this.#isListed(entry)) this.forget(entry);
  }

  async #byIndex(head: Head, after: number | undefined, due: DueEntries): Promise<void> {
    // All at once: each round trip costs a scrape more than what it asks.
    const [counted, announced, changed] = await Promise.all([
      countFrom(this.#redis, this.#keys.live, head.nowMs),
      this.#readAnnounced(due),
      after === undefined ? [] : this.#readChanged(head, after, due),
    ]);
    const before = this.#announced;
    this.#announced = announced;
    const unknown = changed.filter((entry) => !this.isIndexed(entry));
    await this.#readExpiries(unknown, head);
    // Writers move an expiry without a word when they go on writing, so those whose time has come are asked again.
    await this.#readExpiries(this.#expiries.before(head.nowMs), head);
    if (after === undefined || counted !== this.#expiries.count + this.#uncounted) await this.#listLive(head, due);
    for (const key of before) {
      const entry = this.#table.get(key);
      if (entry !== undefined && !this.isNamed(entry)) this.forget(entry);
    }
  }

  async #readAnnounced(due: DueEntries): Promise<Set<string>> {
    const announced = new Set<string>();
    try {
      for await (const page of scanSet(this.#redis, this.#keys.announced)) {
        for (const key of page) if (this.#isOurs(key)) announced.add(key);
      }
    } catch (error) {
      // In a cluster another node may keep that set: while it is away, what it named last still holds.
      if (!(error instanceof ExporterError) || error.code !== 'other_node_unavailable') throw error;
      for (const key of this.#announced) announced.add(key);
    }
    for (const key of announced) this.#open(key, due);
    return announced;
  }

  async #listLive(head: Head, due: DueEntries): Promise<void> {
    this.#listing += 1;
    for await (const page of scanSortedSet(this.#redis, this.#keys.live)) {
      for (const { key, score } of page) {
        if (score < head.nowMs || !this.#isOurs(key)) continue;
        const entry = this.#open(key, due);
        if (entry === undefined) continue;
        this.#noteListed(entry);
        this.#expiries.set(entry, score);
      }
    }
    for (const entry of this.#table.entries()) {
      if (this.#isListed(entry) || !this.isIndexed(entry)) continue;
      this.#expiries.delete(entry);
      if (!this.isNamed(entry)) this.forget(entry);
    }
    this.#uncounted = (await countFrom(this.#redis, this.#keys.live, head.nowMs)) - this.#expiries.count;
  }

  async #readChanged(head: Head, after: number, due: DueEntries): Promise<SeriesEntry[]> {
    const changed: SeriesEntry[] = [];
    if (head.revision === undefined || head.revision === after) return changed;
    let before: SeriesEntry | undefined;
    for await (const page of changedSince(this.#redis, this.#keys.changed, after, head.revision)) {
      for (const key of page) {
        const expected = before?.next;
        const isExpected = expected?.key === key && !expected.isGone;
        if (!isExpected && !this.#isOurs(key)) continue;
        const entry = isExpected ? expected : this.#open(key, due);
        if (entry === undefined) continue;
        if (before !== undefined) before.next = entry;
        before = entry;
        due.add(entry);
        changed.push(entry);
      }
    }
    return changed;
  }

  async #readExpiries(entries: readonly SeriesEntry[], head: Head): Promise<void> {
    const scores = await scoresOf(
      this.#redis,
      this.#keys.live,
      entries.map(({ key }) => key),
    );
    for (const [i, entry] of entries.entries()) {
      const score = scores[i] ?? Number.NaN;
      this.#expiries.set(entry, score >= head.nowMs ? score : Number.NaN);
      if (!this.isNamed(entry)) this.forget(entry);
    }
  }

  #open(key: string, due: DueEntries): SeriesEntry | undefined {
    const known = this.#table.get(key);
    if (known !== undefined) return known;
    if (this.#options.owns?.(key) === false) return undefined;
    const entry = this.#table.open(key);
    if (this.#truncated.length > 0 && this.#truncated.includes(this.#table.nameOf(entry) ?? '')) {
      this.#table.remove(entry);
      return undefined;
    }
    due.add(entry);
    return entry;
  }

  #limit(head: Head): void {
    const most = Math.max(0, this.#options.room?.() ?? this.#options.maxSeries);
    if (this.#table.size <= most) return;
    this.#truncated = [...this.#truncated, ...this.#table.truncate(most)].sort();
    this.#truncatedAtMs = head.nowMs;
    const before = this.#expiries.count;
    this.#expiries.recount();
    this.#uncounted += before - this.#expiries.count;
  }

  #noteListed({ slot }: SeriesEntry): void {
    this.#table.columns.listedIn[slot] = this.#listing;
  }

  #isListed({ slot }: SeriesEntry): boolean {
    return this.#table.columns.listedIn[slot] === this.#listing;
  }

  #isOurs(key: string): boolean {
    return key.startsWith(this.#start);
  }
}
