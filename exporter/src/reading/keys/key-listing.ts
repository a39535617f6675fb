import type { InternalKeys } from '@redmeter/metric-format';
import { ExporterError } from '../../exporter-error.js';
import type { RedisConnection } from '../../redis/redis-connection.js';
import type { SeriesEntry } from '../../series/entries/series-entry.js';
import type { SeriesTable } from '../../series/series-table.js';
import type { DueEntries } from './due-entries.js';
import { Expiries } from './expiries.js';
import type { Head } from './head.js';
import {
  changedSince,
  countBetween,
  countFrom,
  scanKeys,
  scanSetFrom,
  scanSortedSet,
  scoresOf,
} from './listing-commands.js';
import type { ReadingOptions } from '../reading-options.js';
import type { ReadingScope } from '../reading-scope.js';

/** What is listed. */
export interface ListingOptions extends Pick<ReadingOptions, 'prefix'>, Pick<ReadingScope, 'owns' | 'listKeys'> {
  readonly keys: InternalKeys;
}

/**
 * The share of known keys above which all values are read, instead of the names of changed keys and then
 * their values: a name costs half as much as a value (measured).
 */
const NEARLY_ALL = 3 / 4;
/** Maximum number of series to which the merge script gives one revision. */
const MAX_SERIES_PER_REVISION = 1000;

/** Announced keys listed in one read after the first; if there are fewer, all. */
const ANNOUNCED_A_READ = 10_000;

/** Changed keys: those in the cache, and the number of others. */
interface Changed {
  readonly entries: readonly SeriesEntry[];
  readonly others: number;
}

const NOTHING_CHANGED: Changed = { entries: [], others: 0 };

/** Milliseconds after which the keys of metrics that are left out are counted again, if they changed. */
const RECOUNT_MS = 60_000;

/**
 * Which keys there are and which of them changed, from one read to the next: by the index of revisions, by listing all
 * keys while the database is small, and by the expiry times in the index.
 */
export class KeyListing {
  readonly #redis: RedisConnection;
  readonly #options: ListingOptions;
  readonly #keys: InternalKeys;
  readonly #table: SeriesTable;
  readonly #expiries: Expiries;
  readonly #start: string;
  #announced = new Set<string>();
  /** Announced keys found since the last pass began, and the cursor of the pass. */
  #announcedTurn = { keys: new Set<string>(), cursor: '0' };
  /** Members of the index of live series that are no series under the prefix, or left out. */
  #uncounted = 0;
  #areAllTaken = false;
  #leftOut: ReadonlySet<string> = new Set();
  /** Keys of metrics that are left out, by name: those of the last listing, and announced ones. */
  readonly #refused = { listed: new Map<string, number>(), announced: new Map<string, number>() };
  #listedAtMs = 0;
  /** Whether keys that are not in the cache changed since. */
  #haveOthersChanged = false;

  /** @param table receives new keys, and loses those that are gone */
  constructor(redis: RedisConnection, options: ListingOptions, table: SeriesTable) {
    this.#redis = redis;
    this.#options = options;
    this.#keys = options.keys;
    this.#table = table;
    this.#expiries = new Expiries(table);
    this.#start = `${options.prefix}:`;
  }

  /** The number of keys, including those of metrics that are left out. */
  get count(): number {
    return this.#table.size + this.#refusals().reduce((sum, [, count]) => sum + count, 0);
  }

  /** The same by metric. */
  sizes(): Map<string, number> {
    const sizes = this.#table.sizes();
    for (const [name, count] of this.#refusals()) sizes.set(name, (sizes.get(name) ?? 0) + count);
    return sizes;
  }

  /** Whether writers record their changes of a key in the index. */
  isIndexed(entry: SeriesEntry): boolean {
    return this.#expiries.has(entry);
  }

  /** Whether the key is in an index. */
  isNamed(entry: SeriesEntry): boolean {
    return this.isIndexed(entry) || this.#announced.has(entry.key);
  }

  /**
   * Whether nearly all keys had changed, so that all were treated as changed and their names were not read. There are as many as
   * were known; if one of them is gone, another is new.
   */
  get areAllTaken(): boolean {
    return this.#areAllTaken;
  }

  /**
   * Finds new keys, and those that changed or are gone.
   * @param after the revision up to which changes are known; undefined to list everything
   * @param due receives the keys whose values are to be read
   * @param mayTakeAll whether all keys may be treated as changed, see `areAllTaken`
   */
  async update(head: Head, after: number | undefined, due: DueEntries, mayTakeAll = true): Promise<void> {
    this.#areAllTaken = false;
    if (head.isScanned) await this.#byScan(head, after, due);
    else await this.#byIndex(head, after, due, mayTakeAll);
  }

  /**
   * Drops the keys of some metrics, and lists those of metrics that are no longer left out.
   * @param due receives the keys whose values are to be read
   */
  async leaveOut(names: ReadonlySet<string>, head: Head, due: DueEntries): Promise<void> {
    const isMore = [...names].some((name) => !this.#leftOut.has(name));
    const isRoom = this.#refusals().some(([name]) => !names.has(name));
    this.#leftOut = names;
    if (isMore) {
      for (const entry of this.#table.entries()) {
        const name = this.#table.nameOf(entry);
        if (name === undefined || !names.has(name)) continue;
        if (this.isIndexed(entry)) this.#uncounted += 1;
        addOne(this.#announced.has(entry.key) ? this.#refused.announced : this.#refused.listed, name);
        this.forget(entry);
      }
    }
    if (isRoom) await this.update(head, undefined, due);
  }

  /** Removes a key that is gone. */
  forget(entry: SeriesEntry): void {
    this.#expiries.delete(entry);
    this.#table.remove(entry);
  }

  async #byScan(head: Head, after: number | undefined, due: DueEntries): Promise<void> {
    this.#startListing(head);
    for await (const page of this.#options.listKeys?.() ?? scanKeys(this.#redis, this.#options.prefix)) {
      for (const key of page) {
        const entry = this.#open(key, due, this.#refused.listed);
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
      for (const entry of (await this.#readChanged(head, after, due)).entries) {
        // The value of a changed key shows whether the key still exists; without a value to read, only the scan does.
        if (entry.group !== undefined) this.#noteListed(entry);
        // A writer maintains it from now on. Its expiry does not matter while all keys are listed.
        this.#expiries.set(entry, Number.POSITIVE_INFINITY);
      }
    }
    for (const entry of this.#table.entries()) if (!this.#isListed(entry)) this.forget(entry);
  }

  async #byIndex(head: Head, after: number | undefined, due: DueEntries, mayTakeAll: boolean): Promise<void> {
    // All at once: a round trip costs a scrape more than the commands in it.
    const counting = countFrom(this.#redis, this.#keys.live, head.nowMs);
    const findChanged = async (from: number): Promise<Changed> => {
      this.#areAllTaken = mayTakeAll && (await this.#haveNearlyAllChanged(head, from, counting)) && this.#takeAll(due);
      return this.#areAllTaken ? NOTHING_CHANGED : this.#readChanged(head, from, due);
    };
    const [counted, announced, changed] = await Promise.all([
      counting,
      this.#readAnnounced(due, after === undefined),
      after === undefined ? NOTHING_CHANGED : findChanged(after),
    ]);
    const before = this.#announced;
    this.#announced = announced;
    const unknown = changed.entries.filter((entry) => !this.isIndexed(entry));
    await this.#readExpiries(unknown, head);
    // A writer that continues extends the expiry without a change in the index, so expired keys are checked again.
    await this.#readExpiries(this.#expiries.before(head.nowMs), head);
    this.#haveOthersChanged ||= changed.others > 0;
    const isDue = this.#haveOthersChanged && head.nowMs >= this.#listedAtMs + RECOUNT_MS;
    if (after === undefined || isDue || !this.#isExplained(counted, changed.others)) await this.#listLive(head, due);
    for (const key of before) {
      const entry = this.#table.get(key);
      if (entry !== undefined && !this.isNamed(entry)) this.forget(entry);
    }
  }

  /** Announced keys: all of them, or if there are many, the known ones and some of the others in rotation. */
  async #readAnnounced(due: DueEntries, isAll: boolean): Promise<Set<string>> {
    const turn = isAll ? { keys: new Set<string>(), cursor: '0' } : this.#announcedTurn;
    let announced = new Set(this.#announced);
    try {
      const most = isAll ? Number.POSITIVE_INFINITY : ANNOUNCED_A_READ;
      const { members, cursor } = await scanSetFrom(this.#redis, this.#keys.announced, turn.cursor, most);
      for (const key of members) if (this.#isOurs(key)) turn.keys.add(key);
      const isRound = cursor === '0';
      announced = isRound ? turn.keys : new Set([...announced, ...turn.keys]);
      this.#announcedTurn = { keys: isRound ? new Set() : turn.keys, cursor };
    } catch (error) {
      // In a cluster another node may have that set: while it is unreachable, its last content counts.
      if (!(error instanceof ExporterError) || error.code !== 'other_node_unavailable') throw error;
    }
    this.#refused.announced.clear();
    for (const key of announced) this.#open(key, due, this.#refused.announced);
    return announced;
  }

  /**
   * Whether the index of live series has as many members as are known, including those that appeared since.
   * @param others changed keys that are not in the cache, whether they were in the index before or not
   */
  #isExplained(counted: number, others: number): boolean {
    const more = counted - this.#expiries.count - this.#uncounted;
    if (more < 0 || more > others) return false;
    this.#uncounted += more;
    return true;
  }

  async #listLive(head: Head, due: DueEntries): Promise<void> {
    this.#startListing(head);
    this.#haveOthersChanged = false;
    for await (const page of scanSortedSet(this.#redis, this.#keys.live)) {
      for (const { key, score } of page) {
        if (score < head.nowMs || !this.#isOurs(key)) continue;
        const entry = this.#open(key, due, this.#announced.has(key) ? undefined : this.#refused.listed);
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

  /** @param counting the number of members of the index of live series: another number than before means new keys */
  async #haveNearlyAllChanged({ revision = 0 }: Head, after: number, counting: Promise<number>): Promise<boolean> {
    const known = this.#expiries.count;
    const least = known * NEARLY_ALL;
    if (known === 0 || this.#leftOut.size > 0 || (revision - after) * MAX_SERIES_PER_REVISION < least) return false;
    const [changed, counted] = await Promise.all([
      countBetween(this.#redis, this.#keys.changed, after, revision),
      counting,
    ]);
    return changed >= least && counted === known;
  }

  /** @returns whether reading the values will reveal which keys are gone */
  #takeAll(due: DueEntries): boolean {
    for (const entry of this.#table.entries()) {
      if (!this.isIndexed(entry)) continue;
      if (entry.group === undefined || entry.missing === 'absent') return false;
      due.add(entry);
    }
    return true;
  }

  async #readChanged(head: Head, after: number, due: DueEntries): Promise<Changed> {
    const entries: SeriesEntry[] = [];
    let others = 0;
    if (head.revision === undefined || head.revision === after) return { entries, others };
    let before: SeriesEntry | undefined;
    for await (const page of changedSince(this.#redis, this.#keys.changed, after, head.revision)) {
      for (const key of page) {
        const expected = before && this.#table.follower(before, key);
        const entry = expected ?? (this.#isOurs(key) ? this.#open(key, due) : undefined);
        if (entry === undefined) {
          others += 1;
          continue;
        }
        if (before !== undefined && expected === undefined) this.#table.noteFollower(before, entry);
        before = entry;
        due.add(entry);
        entries.push(entry);
      }
    }
    return { entries, others };
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

  /** @param refused counts the key where its metric is left out */
  #open(key: string, due: DueEntries, refused?: Map<string, number>): SeriesEntry | undefined {
    const known = this.#table.get(key);
    if (known !== undefined) return known;
    if (this.#options.owns?.(key) === false) return undefined;
    const entry = this.#table.open(key);
    const name = this.#leftOut.size === 0 ? undefined : this.#table.nameOf(entry);
    if (name !== undefined && this.#leftOut.has(name)) {
      this.#table.remove(entry);
      if (refused !== undefined) addOne(refused, name);
      return undefined;
    }
    due.add(entry);
    return entry;
  }

  #refusals(): (readonly [name: string, count: number])[] {
    return [...this.#refused.listed, ...this.#refused.announced];
  }

  #startListing(head: Head): void {
    this.#table.columns.listed.clear();
    this.#listedAtMs = head.nowMs;
    this.#refused.listed.clear();
  }

  #noteListed({ slot }: SeriesEntry): void {
    this.#table.columns.listed.add(slot);
  }

  #isListed({ slot }: SeriesEntry): boolean {
    return this.#table.columns.listed.has(slot);
  }

  #isOurs(key: string): boolean {
    return key.startsWith(this.#start);
  }
}

function addOne(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
