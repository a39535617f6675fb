import { internalKeys, type InternalKeys } from '@redmeter/metric-format';
import type { RedisConnection } from '../../redis/redis-connection.js';
import type { Family } from '../../series/family.js';
import { FORM } from '../../series/entries/series-columns.js';
import type { SeriesEntry } from '../../series/entries/series-entry.js';
import { SeriesTable } from '../../series/series-table.js';
import { DueEntries } from '../keys/due-entries.js';
import { FamilyRecords } from '../values/family-records.js';
import { staleReason, readHead, type Head, type StaleReason } from '../keys/head.js';
import { KeyListing } from '../keys/key-listing.js';
import type { ReadingOptions } from '../reading-options.js';
import type { ReadingScope } from '../reading-scope.js';
import { Rotation } from '../rotation.js';
import { readValues } from '../values/read-values.js';

/** Why everything was read again. */
export type RebuildReason = 'start' | 'failed_read' | StaleReason;

/** The result of one read. */
export interface Reading {
  /** All known keys. The next read changes this table or replaces it. */
  readonly table: SeriesTable;
  readonly nowMs: number;
  /** Whether only the indexes are read, as the database is too large to scan. */
  readonly isScanDisabled: boolean;
  /** The number of values read. */
  readonly keysRead: number;
  /** The number of known keys, whether they have a series or not. */
  readonly keysKnown: number;
  /** Undefined when only changes were read. */
  readonly rebuilt: RebuildReason | undefined;
}

/** A read in progress: the keys are known, their values are not read yet. */
export interface Listed {
  /** The number of keys, including those of metrics that are left out. */
  readonly count: number;
  /** The same by metric. */
  readonly sizes: () => Map<string, number>;
  /**
   * Reads the changed values and returns all series, except those of some metrics.
   * @throws errors of the connection; the next read then reads everything
   */
  readonly read: (leftOut: ReadonlySet<string>) => Promise<Reading>;
}

/** Cached state of one data set; discarded when a read finds it stale. */
interface Known {
  readonly table: SeriesTable;
  readonly listing: KeyListing;
  readonly records: FamilyRecords;
  /** Keys that may change without an entry in the index: read each time, or in rotation where there are many. */
  readonly volatile: Set<SeriesEntry>;
  readonly volatileTurn: Rotation<SeriesEntry>;
  readonly verified: Rotation<SeriesEntry>;
  /** The head of the last completed read; undefined before the first. */
  head: Head | undefined;
}

/**
 * Values of a database small enough to scan that are read in each read although no index lists them as changed,
 * so that values written by hand are seen at once. This many cost Redis about as much as listing them, 5 ms (measured).
 */
const READ_WHOLE = { keys: 10_000, bytes: 4_000_000 } as const;

/** Values read in one read that may change without an entry in the index; with fewer, all. */
const VOLATILE_A_READ = 10_000;

/**
 * Reads series from Redis, first all and then only what changed. It reads all again when the cache may be stale: after a
 * reconnect, on another data set, when the revision or the clock went back, and after a read that failed half-way.
 */
export class IncrementalReader {
  readonly #redis: RedisConnection;
  readonly #options: ReadingOptions;
  readonly #keys: InternalKeys;
  readonly #scope: ReadingScope;
  #known: Known | undefined;
  /** The tables shown last, until their successor is complete. */
  #shown: readonly SeriesTable[];
  #isStarted = false;
  #isReading = false;

  /** @param before what the readers that this one replaces have shown: its counts never fall below theirs */
  constructor(
    redis: RedisConnection,
    options: ReadingOptions,
    scope: ReadingScope = {},
    before: readonly SeriesTable[] = [],
  ) {
    this.#redis = redis;
    this.#options = options;
    this.#scope = scope;
    this.#keys = internalKeys({ prefix: options.prefix, ...(scope.tag === undefined ? {} : { tag: scope.tag }) });
    this.#shown = before;
  }

  /** What was shown last; before the first read, what the replaced readers have shown. */
  get shown(): readonly SeriesTable[] {
    return this.#shown;
  }

  /**
   * Finds which keys there are and which of them changed since the last read. One read at a time.
   * @throws errors of the connection; the next read then reads everything
   */
  async list(): Promise<Listed> {
    const head = await readHead(this.#redis, this.#keys, this.#options);
    const rebuilt = this.#rebuildReason(head);
    const known = rebuilt === undefined && this.#known !== undefined ? this.#known : this.#startAnew();
    this.#isReading = true;
    known.table.columns.due.clear();
    const due = new DueEntries(known.table.columns);
    await known.listing.update(head, known.head === undefined ? undefined : (known.head.revision ?? 0), due);
    return {
      count: known.listing.count,
      sizes: () => known.listing.sizes(),
      read: async (leftOut) => {
        await known.listing.leaveOut(leftOut, head, due);
        return this.#read(known, head, due, rebuilt);
      },
    };
  }

  async #read(known: Known, head: Head, due: DueEntries, rebuilt: RebuildReason | undefined): Promise<Reading> {
    for (const entry of known.volatileTurn.take(Math.min(VOLATILE_A_READ, known.volatile.size))) {
      if (entry.isGone) known.volatile.delete(entry);
      else due.add(entry);
    }
    for (const entry of known.verified.take(this.#verifiedCount(known.table, head))) {
      if (head.isScanned) due.add(entry);
      else due.addSuspect(entry);
    }
    const read = await this.#readEntries(known, due, head);
    let keysRead = read.count;
    if (read.isAnyLost && known.listing.areAllTaken) {
      const others = new DueEntries(known.table.columns);
      await known.listing.update(head, known.head?.revision ?? 0, others, false);
      keysRead += (await this.#readEntries(known, others, head)).count;
    }
    known.table.follow([]);
    this.#shown = [known.table];
    this.#isStarted = true;
    known.head = head;
    this.#isReading = false;
    return {
      table: known.table,
      nowMs: head.nowMs,
      isScanDisabled: !head.isScanned,
      keysRead,
      keysKnown: known.table.size,
      rebuilt,
    };
  }

  /** The number of keys read although no index lists them as changed: all, within limits, if the database is scanned. */
  #verifiedCount(table: SeriesTable, { isScanned }: Head): number {
    const most = isScanned
      ? Math.min(READ_WHOLE.keys, Math.floor((READ_WHOLE.bytes * table.size) / table.valueBytes()))
      : this.#options.verifiedKeys;
    return Math.min(most, table.size);
  }

  #rebuildReason(head: Head): RebuildReason | undefined {
    const known = this.#known;
    if (known === undefined || !this.#isStarted) return 'start';
    if (known.head === undefined || this.#isReading) return 'failed_read';
    return staleReason(known.head, head);
  }

  #startAnew(): Known {
    const { prefix } = this.#options;
    const { hasUntaggedRecords: hasUntagged = true } = this.#scope;
    const table = new SeriesTable(this.#options);
    table.follow(this.#shown);
    const volatile = new Set<SeriesEntry>();
    this.#known = {
      table,
      listing: new KeyListing(this.#redis, { ...this.#options, ...this.#scope, keys: this.#keys }, table),
      records: new FamilyRecords(this.#redis, { prefix, hasUntagged }, table),
      volatile,
      volatileTurn: new Rotation(() => volatile.values()),
      verified: new Rotation(() => table.entries()),
      head: undefined,
    };
    return this.#known;
  }

  /**
   * Reads the values of some keys, and the records of their families.
   * @returns the number of values read, and whether one of them is gone
   */
  async #readEntries(
    { table, listing, records, volatile, head: before }: Known,
    due: DueEntries,
    head: Head,
  ): Promise<{ count: number; isAnyLost: boolean }> {
    let isAnyLost = false;
    const isWrittenByMerge = (entry: SeriesEntry): boolean =>
      listing.isIndexed(entry) && table.columns.form[entry.slot] === FORM.json;
    const touched = new Set<string>();
    const valuesRead = readValues(
      this.#redis,
      due,
      {
        isSuspect: (entry) => entry.missing === 'value_too_long' || !isWrittenByMerge(entry),
        isHash: (entry) => table.columns.form[entry.slot] === FORM.hash,
      },
      (entry, outcome) => {
        const isChanged = table.apply(entry, outcome, head.nowMs);
        if (isChanged && entry.group !== undefined) touched.add(entry.group.name);
        if (!isWrittenByMerge(entry)) volatile.add(entry);
        else if (volatile.size > 0) volatile.delete(entry);
        if (outcome.kind === 'absent' && isChanged) isAnyLost = true;
        if (outcome.kind === 'absent' && (head.isScanned || !listing.isNamed(entry))) listing.forget(entry);
      },
    );
    const [read, count] = await Promise.all([
      before === undefined ? records.readAll() : records.readNext(head.isScanned),
      valuesRead,
    ]);
    // If not all records are read each time, those of changed metrics are.
    const others = [...touched].flatMap((name): Family[] => {
      const family = table.family(name);
      return family === undefined || read.has(family) ? [] : [family];
    });
    await records.read(others);
    return { count, isAnyLost };
  }
}
