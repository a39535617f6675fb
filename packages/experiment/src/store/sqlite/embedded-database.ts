import type { DatabaseSyncInstance, StatementSyncInstance } from '@photostructure/sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { checkDatabase } from './check-database.js';
import { databasePath, openDatabaseFile } from './database-file.js';
import { isBusy, storageFailure } from './storage-failure.js';
import { upgradeDatabase } from './upgrade-database.js';

// A scan of millions of rows by another process takes seconds.
const BUSY_DEADLINE_MS = 30_000;
const MAX_RETRY_DELAY_MS = 10;
const MAX_BATCH = 1000;

type QueuedWrite = {
  readonly change: () => unknown;
  readonly resolve: (outcome: unknown) => void;
  readonly reject: (error: unknown) => void;
};

/**
 * The SQLite file of a store. Every call may meet another process that holds the file, and waits for it without blocking this one.
 * All failures are ExperimentError `store_unavailable`.
 */
export class EmbeddedDatabase {
  readonly #database: DatabaseSyncInstance;
  readonly #file: string;
  readonly #statements = new Map<string, StatementSyncInstance>();
  #queue: QueuedWrite[] = [];
  #draining: Promise<void> | undefined;

  /** Opens the store of a folder and checks it. */
  static async open(folder: string): Promise<EmbeddedDatabase> {
    const file = databasePath(folder);
    try {
      const database = await openDatabaseFile(folder);
      try {
        await retryWhileBusy(() => {
          setUp(database);
          upgradeDatabase(database);
          checkDatabase(database);
        });
      } catch (error) {
        database.close();
        throw error;
      }
      return new EmbeddedDatabase(database, file);
    } catch (error) {
      throw storageFailure(file, error);
    }
  }

  private constructor(database: DatabaseSyncInstance, file: string) {
    this.#database = database;
    this.#file = file;
  }

  /** The first row that a query gives, as the list of its columns. Only within `read` or `write`. */
  firstRow(query: string, parameters: readonly (string | number)[]): unknown {
    return this.#statement(query).get(...parameters);
  }

  /** The rows that a query gives, each the list of its columns. Only within `read` or `write`. */
  rows(query: string, parameters: readonly (string | number)[]): Iterable<unknown> {
    return this.#statement(query).iterate(...parameters);
  }

  /** Runs a statement and returns the number of rows it changed. Only within `write`. */
  run(statement: string, parameters: readonly (string | number)[]): number {
    return this.#statement(statement).run(...parameters).changes;
  }

  /** Reads in one moment of the store. */
  async read<T>(query: () => T): Promise<T> {
    try {
      return await retryWhileBusy(query);
    } catch (error) {
      throw storageFailure(this.#file, error);
    }
  }

  /** Applies all of a change or nothing, and resolves when it is on disk. Changes that wait share one commit. */
  write<T>(change: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ change, resolve: (outcome) => resolve(outcome as T), reject });
      this.#draining ??= this.#drain();
    });
  }

  /** Waits for the requested writes, and closes the file. */
  async close(): Promise<void> {
    await this.#draining;
    this.#database.close();
  }

  async #drain(): Promise<void> {
    // Writes requested in the same turn of the event loop share one commit.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const batch = this.#queue.slice(0, MAX_BATCH);
      this.#queue = this.#queue.slice(MAX_BATCH);
      await this.#commit(batch);
    }
    this.#draining = undefined;
  }

  async #commit(batch: readonly QueuedWrite[]): Promise<void> {
    try {
      const outcomes = await retryWhileBusy(() => this.#apply(batch));
      batch.forEach(({ resolve }, index) => resolve(outcomes[index]));
    } catch (error) {
      const [only, ...others] = batch;
      if (only === undefined || others.length === 0) only?.reject(storageFailure(this.#file, error));
      // One that fails takes no other with it.
      else for (const single of batch) await this.#commit([single]);
    }
  }

  // Prepared once.
  #statement(sql: string): StatementSyncInstance {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    statement.setReturnArrays(true);
    this.#statements.set(sql, statement);
    return statement;
  }

  #apply(batch: readonly QueuedWrite[]): unknown[] {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const outcomes = batch.map(({ change }) => change());
      this.#database.exec('COMMIT');
      return outcomes;
    } catch (error) {
      // A full disk has rolled it back already.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }
}

function setUp(database: DatabaseSyncInstance): void {
  // Nothing is mapped into memory, where a file that is cut short ends the process.
  database.exec(
    'PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON',
  );
  // A commit is on disk before it returns. It is in the file itself, not in a log behind it: of a damaged log SQLite drops the end
  // without a word. The journal stays, its header emptied, which saves making and removing a file at each commit.
  database.exec('PRAGMA journal_mode = PERSIST; PRAGMA synchronous = FULL');
}

async function retryWhileBusy<T>(attempt: () => T): Promise<T> {
  const deadlineMs = performance.now() + BUSY_DEADLINE_MS;
  for (;;) {
    try {
      return attempt();
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadlineMs) throw error;
    }
    // Random, so that two processes do not keep colliding.
    await wait(Math.random() * MAX_RETRY_DELAY_MS);
  }
}
