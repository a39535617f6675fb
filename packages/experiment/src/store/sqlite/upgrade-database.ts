import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import { ADDED_TABLES, APPLICATION_ID, LAYOUT_VERSION, statementsOf } from './database-layout.js';

/** Adds what later layouts have to the store of an earlier one, all or nothing; other databases stay as they are. */
export function upgradeDatabase(database: DatabaseSyncInstance): void {
  if (!isOlderStore(database)) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    // Another process may have been first.
    if (isOlderStore(database)) {
      for (let version = layoutOf(database) + 1; version <= LAYOUT_VERSION; version += 1) {
        for (const table of ADDED_TABLES.get(version) ?? []) {
          for (const statement of statementsOf(table)) database.exec(statement);
        }
      }
      database.exec(`PRAGMA user_version = ${LAYOUT_VERSION}`);
    }
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function isOlderStore(database: DatabaseSyncInstance): boolean {
  const layout = layoutOf(database);
  return numberOf(database, 'application_id') === APPLICATION_ID && layout >= 1 && layout < LAYOUT_VERSION;
}

function layoutOf(database: DatabaseSyncInstance): number {
  return numberOf(database, 'user_version');
}

function numberOf(database: DatabaseSyncInstance, pragma: 'application_id' | 'user_version'): number {
  const row: unknown = database.prepare(`PRAGMA ${pragma}`).get();
  return typeof row === 'object' && row !== null ? Number(Object.values(row)[0]) : 0;
}
