import { decodeUtf8, MAX_RECORD_BYTES, parseFamilyRecord, type InternalKeys } from '@redmeter/metric-format';
import type { RedisConnection } from '../redis/redis-connection.js';
import type { Family } from '../series/family.js';
import type { SeriesTable } from '../series/series-table.js';
import { Rotation } from './rotation.js';
import { readStrings } from './values.js';

/** Family records read in one read where nothing says that they changed; with fewer families, all. */
const RECORDS_A_READ = 500;

/** The records of metric names: type, help, unit. No index says when one changes, so they are read in rotation. */
export class FamilyRecords {
  readonly #redis: RedisConnection;
  readonly #keys: InternalKeys;
  readonly #table: SeriesTable;
  readonly #rotation: Rotation<Family>;

  constructor(redis: RedisConnection, keys: InternalKeys, table: SeriesTable) {
    this.#redis = redis;
    this.#keys = keys;
    this.#table = table;
    this.#rotation = new Rotation(() => table.families());
  }

  /** Reads the records of all families. */
  async readAll(): Promise<ReadonlySet<Family>> {
    return this.read([...this.#table.families()]);
  }

  /** Reads those whose turn it is. */
  async readNext(): Promise<ReadonlySet<Family>> {
    return this.read(this.#rotation.take(Math.min(RECORDS_A_READ, this.#table.familyCount)));
  }

  /** Reads the records of some families, and answers those. */
  async read(families: readonly Family[]): Promise<ReadonlySet<Family>> {
    const records = await readStrings(
      this.#redis,
      families.map(({ name }) => this.#keys.family(name)),
    );
    for (const [i, family] of families.entries()) {
      const bytes = records[i];
      if (bytes === undefined ? family.recordBytes === undefined : family.recordBytes?.equals(bytes)) continue;
      family.recordBytes = bytes === undefined ? undefined : Buffer.from(bytes);
      const text = bytes === undefined || bytes.length > MAX_RECORD_BYTES ? undefined : decodeUtf8(bytes);
      family.record = text === undefined ? undefined : parseFamilyRecord(text);
    }
    return new Set(families);
  }
}
