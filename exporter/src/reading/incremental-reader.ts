import {
  decodeUtf8,
  internalKeys,
  MAX_RECORD_BYTES,
  parseFamilyRecord,
  type InternalKeys,
} from '@redmeter/metric-format';
import type { RedisConnection } from '../redis/redis-connection.js';
import { bytesReply, integerReply } from '../redis/replies.js';
import type { Family } from '../series/family.js';
import type { SeriesGroup } from '../series/series-group.js';
import type { SeriesEntry } from '../series/series-entry.js';
import { SeriesTable, type SeriesSnapshot } from '../series/series-table.js';
import {
  changedSince,
  countFrom,
  orIfWrongType,
  redisTimeMs,
  scanKeys,
  scanSet,
  scanSortedSet,
  scoresOf,
} from './listings.js';
import { readStrings, readValues } from './values.js';

/** How series are read. */
export interface ReadingOptions {
  /** What series keys start with, before the first colon. */
  readonly prefix: string;
  /** Keys in the database up to which it is scanned for keys that are in no index. */
  readonly scanLimitKeys: number;
  /** Most series that are held. */
  readonly maxSeries: number;
  /** Whether OpenMetrics shows `_created`. */
  readonly withCreated: boolean;
  /** Keys read again in each read although nothing says that they changed, in rotation: finds what no index tells. */
  readonly verifiedKeys: number;
  /** The longest time, in milliseconds, that a count is shown higher than Redis has it: see CounterHolds. */
  readonly holdMs: number;
  /** Takes the place of Redis's clock where it is injected; milliseconds since the epoch. */
  readonly now?: () => number;
}

/** Why everything was read anew. */
export type RebuildReason = 'start' | 'reconnect' | 'dataset' | 'revision' | 'mode' | 'clock' | 'failed_read' | 'full';

/** What one read found. */
export interface ReadResult {
  readonly snapshot: SeriesSnapshot;
  readonly nowMs: number;
  /** Whether only the indexes are read, as the database is too large to scan. */
  readonly isScanDisabled: boolean;
  /** Families left out because there are too many series, by name. */
  readonly truncated: readonly string[];
  /** Values that were read. */
  readonly keysRead: number;
  /** Keys known, with a series to show or not. */
  readonly keysKnown: number;
  /** Undefined when only what changed was read. */
  readonly rebuilt: RebuildReason | undefined;
  /** Counts shown higher than Redis has them. */
  readonly held: number;
}

interface Head {
  readonly epoch: number;
  readonly nowMs: number;
  readonly dataset: string | undefined;
  readonly revision: number | undefined;
  readonly isScanned: boolean;
}

const FAMILY_RECORDS_A_READ = 500;
/** How long families that were left out stay so before all are counted again. */
const TRUNCATED_MS = 60_000;

/**
 * Reads series from Redis, at first all and then what changed: by the index of revisions, by listing the keys while the
 * database is small, and by the times at which the index says that series expire. Whatever makes that doubtful (another
 * connection or data set, a revision or a clock that went back, a read that failed half-way) makes it read all again.
 */
export class IncrementalReader {
  readonly #redis: RedisConnection;
  readonly #options: ReadingOptions;
  readonly #keys: InternalKeys;
  #table: SeriesTable;
  #before: SeriesTable | undefined;
  #known: Head | undefined;
  #isWhole = false;
  /** Keys that may change without a word in the index: read each time. */
  #volatile = new Set<SeriesEntry>();
  #announced = new Set<string>();
  #indexed = 0;
  #uncounted = 0;
  #nextExpiryMs = Number.POSITIVE_INFINITY;
  #listing = 0;
  #verified: MapIterator<SeriesEntry> | undefined;
  #verifiedFamilies: MapIterator<Family> | undefined;
  #truncated: readonly string[] = [];
  #truncatedAtMs = 0;

  constructor(redis: RedisConnection, options: ReadingOptions) {
    this.#redis = redis;
    this.#options = options;
    this.#keys = internalKeys({ prefix: options.prefix });
    this.#table = this.#newTable();
  }

  /**
   * Reads what changed since the last read and answers all series. One read at a time.
   * @throws what the connection throws; the next read then starts anew
   */
  async read(): Promise<ReadResult> {
    const head = await this.#readHead();
    const rebuilt = this.#doubt(head);
    const wasWhole = this.#isWhole;
    this.#isWhole = false;
    const due = new Set<SeriesEntry>();
    if (rebuilt !== undefined) this.#forgetAll(wasWhole);
    const after = rebuilt === undefined ? (this.#known?.revision ?? 0) : undefined;
    if (head.isScanned) await this.#listByScan(head, after, due);
    else await this.#listByIndex(head, after, due);
    this.#limit(head);
    for (const entry of this.#volatile) due.add(entry);
    for (const entry of this.#nextToVerify()) due.add(entry);
    const entries = [...due].filter((entry) => entry.group !== undefined && !entry.isGone);
    const touched = new Set<SeriesGroup>();
    const recordsRead = this.#readFamilyRecords(
      rebuilt === undefined ? this.#nextFamilies() : [...this.#table.families()],
    );
    const valuesRead = readValues(
      this.#redis,
      entries,
      (entry) => this.#isSuspect(entry),
      (entry, outcome) => {
        const isChanged = this.#table.apply(entry, outcome, head.nowMs);
        if (isChanged && entry.group !== undefined) touched.add(entry.group);
        if (this.#isIndexed(entry) && !entry.isBare) this.#volatile.delete(entry);
        else this.#volatile.add(entry);
        if (outcome.kind === 'absent' && (head.isScanned || !this.#isNamed(entry))) this.#forget(entry);
      },
    );
    const [known] = await Promise.all([recordsRead, valuesRead]);
    // Where not all records are read each time, those of metrics that changed are.
    const others = [...touched]
      .flatMap(({ name }) => this.#table.family(name) ?? [])
      .filter((family) => !known.has(family));
    await this.#readFamilyRecords(others);
    this.#table.follow(undefined);
    this.#before = undefined;
    const snapshot = this.#table.snapshot(head.nowMs);
    this.#known = head;
    this.#isWhole = true;
    return {
      snapshot,
      nowMs: head.nowMs,
      isScanDisabled: !head.isScanned,
      truncated: this.#truncated,
      keysRead: entries.length,
      keysKnown: this.#table.size,
      rebuilt,
      held: this.#table.held,
    };
  }

  async #readHead(): Promise<Head> {
    const { epoch } = this.#redis;
    const [nowMs, size, dataset, revision] = await Promise.all([
      this.#options.now?.() ?? redisTimeMs(this.#redis),
      this.#redis.send('DBSIZE').then(integerReply),
      orIfWrongType(this.#redis.send('GET', this.#keys.dataset), null).then(bytesReply),
      orIfWrongType(this.#redis.send('GET', this.#keys.revision), null).then(bytesReply),
    ]);
    return {
      epoch,
      nowMs,
      dataset: dataset?.toString('latin1'),
      revision: revision === undefined ? undefined : Number(revision.toString('latin1')),
      isScanned: size <= this.#options.scanLimitKeys,
    };
  }

  #doubt(head: Head): RebuildReason | undefined {
    const known = this.#known;
    if (known === undefined) return 'start';
    if (!this.#isWhole) return 'failed_read';
    if (head.epoch !== known.epoch) return 'reconnect';
    if (head.dataset !== known.dataset && known.dataset !== undefined) return 'dataset';
    if (known.revision !== undefined && !((head.revision ?? -1) >= known.revision)) return 'revision';
    if (head.isScanned !== known.isScanned) return 'mode';
    if (head.nowMs < known.nowMs) return 'clock';
    if (this.#truncated.length > 0 && head.nowMs >= this.#truncatedAtMs + TRUNCATED_MS) return 'full';
    return undefined;
  }

  /** Lists all keys. `after` is the revision up to which changes are known; undefined to read everything. */
  async #listByScan(head: Head, after: number | undefined, due: Set<SeriesEntry>): Promise<void> {
    this.#listing += 1;
    for await (const page of scanKeys(this.#redis, this.#options.prefix)) {
      for (const key of page) {
        const entry = this.#open(key, due);
        if (entry !== undefined) entry.listedIn = this.#listing;
      }
    }
    if (after === undefined) {
      for await (const page of scanSortedSet(this.#redis, this.#keys.live)) {
        for (const { key, score } of page) {
          const entry = this.#table.get(key);
          if (entry !== undefined && score >= head.nowMs) this.#setExpiry(entry, score);
        }
      }
    } else {
      for (const entry of await this.#readChanged(head, after, due)) {
        entry.listedIn = this.#listing;
        // Noted by a writer from now on. When it expires does not matter while all keys are listed.
        this.#setExpiry(entry, Number.POSITIVE_INFINITY);
      }
    }
    for (const entry of this.#table.entries()) if (entry.listedIn !== this.#listing) this.#forget(entry);
  }

  /** Lists the indexes only. */
  async #listByIndex(head: Head, after: number | undefined, due: Set<SeriesEntry>): Promise<void> {
    // All at once: each round trip costs a scrape more than what it asks.
    const [counted, announced] = await Promise.all([
      countFrom(this.#redis, this.#keys.live, head.nowMs),
      this.#readAnnounced(due),
      after === undefined ? [] : this.#readChanged(head, after, due),
    ]).then(async ([count, names, changed]) => {
      if (after !== undefined)
        await this.#updateExpiries(
          changed.filter((entry) => !this.#isIndexed(entry)),
          head,
        );
      return [count, names] as const;
    });
    await this.#expire(head);
    if (after === undefined || counted !== this.#indexed + this.#uncounted) await this.#listLive(head, due);
    const before = this.#announced;
    this.#announced = announced;
    for (const key of before) {
      const entry = this.#table.get(key);
      if (entry !== undefined && !this.#isNamed(entry)) this.#forget(entry);
    }
  }

  async #readAnnounced(due: Set<SeriesEntry>): Promise<Set<string>> {
    const announced = new Set<string>();
    for await (const page of scanSet(this.#redis, this.#keys.announced)) {
      for (const key of page) {
        if (!key.startsWith(`${this.#options.prefix}:`)) continue;
        announced.add(key);
        this.#open(key, due);
      }
    }
    return announced;
  }

  async #listLive(head: Head, due: Set<SeriesEntry>): Promise<void> {
    this.#listing += 1;
    for await (const page of scanSortedSet(this.#redis, this.#keys.live)) {
      for (const { key, score } of page) {
        if (score < head.nowMs || !key.startsWith(`${this.#options.prefix}:`)) continue;
        const entry = this.#open(key, due);
        if (entry === undefined) continue;
        entry.listedIn = this.#listing;
        this.#setExpiry(entry, score);
      }
    }
    for (const entry of this.#table.entries()) {
      if (entry.listedIn === this.#listing || !this.#isIndexed(entry)) continue;
      this.#setExpiry(entry, Number.NaN);
      if (!this.#isNamed(entry)) this.#forget(entry);
    }
    // Members that are no series of ours, or left out, count there and not here.
    this.#uncounted = (await countFrom(this.#redis, this.#keys.live, head.nowMs)) - this.#indexed;
  }

  async #readChanged(head: Head, after: number, due: Set<SeriesEntry>): Promise<SeriesEntry[]> {
    const changed: SeriesEntry[] = [];
    if (head.revision === undefined || head.revision === after) return changed;
    for await (const page of changedSince(this.#redis, this.#keys.changed, after, head.revision)) {
      for (const key of page) {
        if (!key.startsWith(`${this.#options.prefix}:`)) continue;
        const entry = this.#open(key, due);
        if (entry === undefined) continue;
        due.add(entry);
        changed.push(entry);
      }
    }
    return changed;
  }

  async #updateExpiries(entries: readonly SeriesEntry[], head: Head): Promise<void> {
    const scores = await scoresOf(
      this.#redis,
      this.#keys.live,
      entries.map(({ key }) => key),
    );
    for (const [i, entry] of entries.entries()) {
      const score = scores[i] ?? Number.NaN;
      this.#setExpiry(entry, score >= head.nowMs ? score : Number.NaN);
      if (!this.#isNamed(entry)) this.#forget(entry);
    }
  }

  /** Asks again about the series whose time has come: writers move it without a word when they go on writing. */
  async #expire(head: Head): Promise<void> {
    if (head.nowMs <= this.#nextExpiryMs) return;
    const { expiresMs } = this.#table.columns;
    const past: SeriesEntry[] = [];
    for (const entry of this.#table.entries()) if ((expiresMs[entry.slot] ?? 0) < head.nowMs) past.push(entry);
    await this.#updateExpiries(past, head);
    this.#nextExpiryMs = Number.POSITIVE_INFINITY;
    for (const { slot } of this.#table.entries()) {
      const expires = this.#table.columns.expiresMs[slot] ?? Number.NaN;
      if (expires < this.#nextExpiryMs) this.#nextExpiryMs = expires;
    }
  }

  #open(key: string, due: Set<SeriesEntry>): SeriesEntry | undefined {
    const known = this.#table.get(key);
    if (known !== undefined) return known;
    const entry = this.#table.open(key);
    if (this.#truncated.length > 0 && this.#truncated.includes(this.#table.nameOf(entry) ?? '')) {
      this.#table.remove(entry);
      return undefined;
    }
    due.add(entry);
    return entry;
  }

  #limit(head: Head): void {
    if (this.#table.size <= this.#options.maxSeries) return;
    this.#truncated = [...this.#truncated, ...this.#table.truncate(this.#options.maxSeries)].sort();
    this.#truncatedAtMs = head.nowMs;
    // Entries went without a word to the counts kept here.
    this.#volatile = new Set([...this.#volatile].filter((entry) => this.#table.get(entry.key) === entry));
    const before = this.#indexed;
    this.#indexed = 0;
    for (const entry of this.#table.entries()) if (this.#isIndexed(entry)) this.#indexed += 1;
    this.#uncounted += before - this.#indexed;
  }

  #setExpiry(entry: SeriesEntry, expiresMs: number): void {
    const wasIndexed = this.#isIndexed(entry);
    this.#table.columns.expiresMs[entry.slot] = expiresMs;
    this.#indexed += Number(this.#isIndexed(entry)) - Number(wasIndexed);
    if (expiresMs < this.#nextExpiryMs) this.#nextExpiryMs = expiresMs;
  }

  #isIndexed({ slot }: SeriesEntry): boolean {
    return !Number.isNaN(this.#table.columns.expiresMs[slot] ?? Number.NaN);
  }

  /** Whether an index names the key. */
  #isNamed(entry: SeriesEntry): boolean {
    return this.#isIndexed(entry) || this.#announced.has(entry.key);
  }

  #isSuspect(entry: SeriesEntry): boolean {
    return entry.missing === 'value_too_long' || (entry.missing === 'absent' && !this.#isIndexed(entry));
  }

  #forget(entry: SeriesEntry): void {
    this.#setExpiry(entry, Number.NaN);
    this.#volatile.delete(entry);
    this.#table.remove(entry);
  }

  #forgetAll(wasWhole: boolean): void {
    // A table that was never whole showed nothing; what the last whole one showed still counts.
    if (wasWhole) this.#before = this.#table;
    this.#table = this.#newTable();
    this.#table.follow(this.#before);
    this.#volatile = new Set();
    this.#announced = new Set();
    this.#indexed = 0;
    this.#uncounted = 0;
    this.#nextExpiryMs = Number.POSITIVE_INFINITY;
    this.#verified = undefined;
    this.#verifiedFamilies = undefined;
    this.#truncated = [];
  }

  #newTable(): SeriesTable {
    return new SeriesTable(this.#options.prefix, this.#options.withCreated, this.#options.holdMs);
  }

  *#nextToVerify(): Generator<SeriesEntry> {
    const count = Math.min(this.#options.verifiedKeys, this.#table.size);
    for (let i = 0; i < count; i += 1) {
      this.#verified ??= this.#table.entries();
      const next = this.#verified.next();
      if (next.done === true) this.#verified = undefined;
      else yield next.value;
    }
  }

  #nextFamilies(): Family[] {
    const families: Family[] = [];
    const count = Math.min(FAMILY_RECORDS_A_READ, this.#table.familyCount);
    for (let i = 0; i < count; i += 1) {
      this.#verifiedFamilies ??= this.#table.families();
      const next = this.#verifiedFamilies.next();
      if (next.done === true) {
        this.#verifiedFamilies = undefined;
        // The turn is not lost: with few families each is read each time.
        i -= 1;
      } else families.push(next.value);
    }
    return families;
  }

  async #readFamilyRecords(list: readonly Family[]): Promise<ReadonlySet<Family>> {
    const records = await readStrings(
      this.#redis,
      list.map(({ name }) => this.#keys.family(name)),
    );
    for (const [i, family] of list.entries()) {
      const bytes = records[i];
      if (bytes === undefined ? family.recordBytes === undefined : family.recordBytes?.equals(bytes)) continue;
      family.recordBytes = bytes === undefined ? undefined : Buffer.from(bytes);
      const text = bytes === undefined || bytes.length > MAX_RECORD_BYTES ? undefined : decodeUtf8(bytes);
      family.record = text === undefined ? undefined : parseFamilyRecord(text);
    }
    return new Set(list);
  }
}
