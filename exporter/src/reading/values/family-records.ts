import {
  decodeUtf8,
  internalKeys,
  MAX_RECORD_BYTES,
  MAX_SHARDS,
  parseFamilyRecord,
  type InternalKeys,
} from '@redmeter/metric-format';
import type { RedisConnection } from '../../redis/redis-connection.js';
import type { Family, StoredFamilyRecord } from '../../series/family.js';
import type { SeriesTable } from '../../series/series-table.js';
import { Rotation } from '../rotation.js';
import { readStrings } from './read-values.js';

/** Family records read again in one read although nothing shows that they changed; with fewer families, all. */
const RECORDS_A_READ = { ofScanned: 10_000, ofOthers: 500 } as const;

/** The location of family records. */
export interface RecordScope {
  readonly prefix: string;
  /** Whether records without a tag lie on the same server. */
  readonly hasUntagged: boolean;
}

/** The records of metric names: type, help, unit. No index lists changed ones, so they are read in rotation. */
export class FamilyRecords {
  readonly #redis: RedisConnection;
  readonly #scope: RecordScope;
  readonly #table: SeriesTable;
  readonly #rotation: Rotation<Family>;
  readonly #keys = new Map<string, InternalKeys>();

  constructor(redis: RedisConnection, scope: RecordScope, table: SeriesTable) {
    this.#redis = redis;
    this.#scope = scope;
    this.#table = table;
    this.#rotation = new Rotation(() => table.families());
  }

  /** Reads the records of all families. */
  async readAll(): Promise<ReadonlySet<Family>> {
    return this.read([...this.#table.families()]);
  }

  /**
   * Reads those whose turn it is.
   * @param isScanned whether the database is small enough to list all its keys
   */
  async readNext(isScanned: boolean): Promise<ReadonlySet<Family>> {
    const most = isScanned ? RECORDS_A_READ.ofScanned : RECORDS_A_READ.ofOthers;
    return this.read(this.#rotation.take(Math.min(most, this.#table.familyCount)));
  }

  /** Reads and returns the records of some families. */
  async read(families: readonly Family[]): Promise<ReadonlySet<Family>> {
    const places = families.flatMap((family) => this.#tagsOf(family).map((tag) => ({ family, tag })));
    const records = await readStrings(
      this.#redis,
      places.map(({ family, tag }) => this.#keysBeside(tag).family(family.name)),
    );
    const read = new Map(families.map((family) => [family, new Map<string, StoredFamilyRecord>()]));
    places.forEach(({ family, tag }, i) => {
      const bytes = records[i];
      if (bytes === undefined) return;
      const before = family.records.get(tag);
      read.get(family)?.set(tag, before?.bytes.equals(bytes) === true ? before : parse(bytes));
    });
    for (const [family, found] of read) family.records = found;
    return new Set(families);
  }

  #keysBeside(tag: string): InternalKeys {
    let keys = this.#keys.get(tag);
    if (keys === undefined) {
      const { prefix } = this.#scope;
      keys = internalKeys(tag === '' ? { prefix } : { prefix, tag });
      this.#keys.set(tag, keys);
    }
    return keys;
  }

  /** Records without a tag, and records with the tags of its keys. */
  #tagsOf(family: Family): string[] {
    const tags = new Set(family.tags);
    if (this.#scope.hasUntagged) tags.add('');
    // If there are more tags than shards, those whose records take precedence.
    return tags.size <= MAX_SHARDS ? [...tags] : [...tags].sort().slice(0, MAX_SHARDS);
  }
}

function parse(bytes: Buffer): StoredFamilyRecord {
  const text = bytes.length > MAX_RECORD_BYTES ? undefined : decodeUtf8(bytes);
  return { bytes: Buffer.from(bytes), record: text === undefined ? undefined : parseFamilyRecord(text) };
}
