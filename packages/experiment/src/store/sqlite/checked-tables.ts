import { conditionFor, groupKey, groupOf, keyOf, upsertStatement, type TableName } from './database-layout.js';
import type { EmbeddedDatabase } from './embedded-database.js';
import { checksumOf, DamagedRow } from './row-checksum.js';

/** A row as it was written, or what is left of it. */
export type CheckedRow =
  | { readonly kind: 'whole'; readonly values: readonly string[] }
  | { readonly kind: 'damaged'; readonly values: readonly string[]; readonly problem: DamagedRow };

/**
 * Rows that are what was written, or an error: SQLite checks how its pages are built, not the names and values in them. Each row
 * has a checksum, and each group of rows a tally of their number and checksums. Only within `read` or `write` of the database.
 */
export class CheckedTables {
  readonly #database: EmbeddedDatabase;

  constructor(database: EmbeddedDatabase) {
    this.#database = database;
  }

  /** Writes a row, over the one of the same key. */
  write(table: TableName, values: readonly string[]): void {
    this.#database.run(upsertStatement(table), [...values, checksumOf(values)]);
  }

  /** The row of a key, without its checksum. @throws DamagedRow */
  row(table: TableName, key: readonly string[]): readonly string[] | undefined {
    const query = `SELECT * FROM ${table} WHERE ${conditionFor(keyOf(table))}`;
    const row = this.#database.firstRow(query, key);
    return row === undefined ? undefined : valuesOf(checked(table, row));
  }

  /** Removes the rows whose first columns are these, and returns their number. */
  remove(table: TableName, values: readonly string[]): number {
    const columns = keyOf(table).slice(0, values.length);
    return this.#database.run(`DELETE FROM ${table} WHERE ${conditionFor(columns)}`, values);
  }

  /** Visits all rows of a group. @throws DamagedRow, after the rows where it is one that is missing. */
  forEach(table: TableName, group: readonly string[], visit: (values: readonly string[]) => void): void {
    this.forEachChecked(table, group, (row) => visit(valuesOf(row)));
  }

  /** Visits all rows of a group, the damaged ones among them. @throws DamagedRow when one is missing. */
  forEachChecked(table: TableName, group: readonly string[], visit: (row: CheckedRow) => void): void {
    let count = 0;
    let checksums = 0;
    let hasDamage = false;
    for (const raw of this.#database.rows(`SELECT * FROM ${table} WHERE ${conditionFor(groupOf(table))}`, group)) {
      const row = checked(table, raw);
      count += 1;
      checksums = (checksums + checksumOf(row.values)) % 2 ** 32;
      hasDamage ||= row.kind === 'damaged';
      visit(row);
    }
    const tally = this.#tally(groupKey(table, group));
    if (tally.count === count && (hasDamage || tally.checksums === checksums)) return;
    throw new DamagedRow(`${count} rows in a part of the table ${table}, expected ${tally.count} with other checksums`);
  }

  #tally(key: string): { readonly count: number; readonly checksums: number } {
    const row = this.#database.firstRow('SELECT row_count, checksum_sum FROM tally WHERE group_key = ?', [key]);
    const [count = 0, checksums = 0] = Array.isArray(row) ? (row as number[]) : [];
    return { count, checksums };
  }
}

function checked(table: TableName, raw: unknown): CheckedRow {
  const columns = Array.isArray(raw) ? (raw as unknown[]) : [];
  const values = columns.slice(0, -1).map(String);
  if (columns.at(-1) === checksumOf(values)) return { kind: 'whole', values };
  const problem = new DamagedRow(`a row of the table ${table} whose bytes do not match its checksum`);
  return { kind: 'damaged', values, problem };
}

function valuesOf(row: CheckedRow): readonly string[] {
  if (row.kind === 'damaged') throw row.problem;
  return row.values;
}
