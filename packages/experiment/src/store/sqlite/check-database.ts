import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import { APPLICATION_ID, LAYOUT_STATEMENTS, LAYOUT_VERSION } from './database-layout.js';
import { DamagedStore } from './storage-failure.js';

/**
 * Reads every page of the file and checks its structure, so that damage is found before anything is read or written: a page that
 * holds too few rows would else hide what was acknowledged.
 *
 * @throws DamagedStore, or the error of SQLite.
 */
export function checkDatabase(database: DatabaseSyncInstance): void {
  const applicationId = firstValue(database, 'PRAGMA application_id');
  if (applicationId !== APPLICATION_ID) {
    throw new DamagedStore(
      `a SQLite database that is not a store of redmeter (its application_id is ${String(applicationId)})`,
    );
  }
  const version = firstValue(database, 'PRAGMA user_version');
  if (version !== LAYOUT_VERSION) {
    throw new Error(`a store of layout ${String(version)}; this version of redmeter reads layout ${LAYOUT_VERSION}`);
  }
  const problem = firstValue(database, 'PRAGMA quick_check(1)');
  if (problem !== 'ok') throw new DamagedStore(String(problem).replaceAll('\n', ' '));
  for (const [name, statement] of LAYOUT_STATEMENTS) {
    const made = firstValue(database, `SELECT sql FROM sqlite_schema WHERE name = '${name}'`);
    if (made !== statement) throw new DamagedStore(`a missing or changed ${name}`);
  }
}

function firstValue(database: DatabaseSyncInstance, query: string): unknown {
  const row: unknown = database.prepare(query).get();
  return typeof row === 'object' && row !== null ? Object.values(row)[0] : undefined;
}
