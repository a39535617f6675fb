import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';
import { access, constants, link, mkdir, open, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { APPLICATION_ID, LAYOUT_STATEMENTS, LAYOUT_VERSION } from './database-layout.js';
import { DamagedStore } from './storage-failure.js';

// Longest wait within SQLite, in which the process does nothing else.
const BUSY_TIMEOUT_MS = 20;
const OLD_FILES = ['results.lmdb', 'applications.lmdb'];

/** The file of a store in its folder. */
export function databasePath(folder: string): string {
  return join(folder, 'store.sqlite');
}

/**
 * Opens the file of a store, made when it is missing, without having read it yet: see `checkDatabase`.
 *
 * A file of its name is a whole store from its first moment, so that an empty one is never taken for a new one.
 */
export async function openDatabaseFile(folder: string): Promise<DatabaseSyncInstance> {
  const file = databasePath(folder);
  await mkdir(folder, { recursive: true });
  if ((await sizeOf(file)) === undefined) {
    await refuseOldStore(folder);
    await createDatabase(folder, file);
  }
  const size = await sizeOf(file);
  if (size === 0) throw new DamagedStore('an empty file');
  await access(file, constants.R_OK);
  return new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS, defensive: true });
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    const found = await stat(file);
    if (!found.isFile()) throw new DamagedStore(found.isDirectory() ? 'a folder in its place' : 'no ordinary file');
    return found.size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function refuseOldStore(folder: string): Promise<void> {
  for (const name of OLD_FILES) {
    if ((await sizeOf(join(folder, name))) === undefined) continue;
    throw new Error(
      `${name} of an earlier version of redmeter, which this version cannot read; move it to another folder to start with an empty store`,
    );
  }
}

async function createDatabase(folder: string, file: string): Promise<void> {
  const temporary = `${file}.${process.pid}.${performance.now()}.tmp`;
  try {
    const database = new DatabaseSync(temporary);
    try {
      database.exec('PRAGMA journal_mode = MEMORY; PRAGMA synchronous = FULL; BEGIN');
      database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${LAYOUT_VERSION}`);
      for (const statement of LAYOUT_STATEMENTS.values()) database.exec(statement);
      database.exec('COMMIT');
    } finally {
      database.close();
    }
    await linkUnlessThere(temporary, file);
    await syncFolder(folder);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function linkUnlessThere(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    // Another process was first, with the same.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Makes a new name in a folder survive a loss of power. */
async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder, 'r');
    await handle.sync();
  } catch (error) {
    // Windows opens no folders.
    if (process.platform !== 'win32') throw error;
  } finally {
    await handle?.close();
  }
}
