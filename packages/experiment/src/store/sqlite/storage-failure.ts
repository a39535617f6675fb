import { ExperimentError, messageOf } from '../../experiment-error.js';
import { DamagedRow } from './row-checksum.js';

// Of SQLite's result codes (sqlite3.h); the upper bytes of an extended code say more.
const BUSY = 5;
const LOCKED = 6;
const IO_ERROR = 10;
const CORRUPT = 11;
const FULL = 13;
const NOT_A_DATABASE = 26;

// The library's iterators leave out the code; the words are those of sqlite3_errstr.
const CODE_BY_MESSAGE = new Map([
  ['database is locked', BUSY],
  ['database table is locked', LOCKED],
  ['disk I/O error', IO_ERROR],
  ['database disk image is malformed', CORRUPT],
  ['database or disk is full', FULL],
  ['file is not a database', NOT_A_DATABASE],
]);

/** A store whose file is not what was written. */
export class DamagedStore extends Error {
  override readonly name = 'DamagedStore';
}

/** Whether another process holds the file at the moment. */
export function isBusy(error: unknown): boolean {
  const code = resultCodeOf(error);
  return code === BUSY || code === LOCKED;
}

/** Whether this failure means that the file is damaged. */
function isDamage(error: unknown): boolean {
  const code = resultCodeOf(error);
  return error instanceof DamagedStore || error instanceof DamagedRow || code === CORRUPT || code === NOT_A_DATABASE;
}

/** What an operation on the file of a store failed by, as the package's error `store_unavailable`. */
export function storageFailure(file: string, error: unknown): ExperimentError {
  if (error instanceof ExperimentError) return error;
  return new ExperimentError('store_unavailable', `expected to use the store ${file}, got ${describeFailure(error)}`, {
    cause: error,
  });
}

function describeFailure(error: unknown): string {
  const message = messageOf(error);
  if (isDamage(error)) {
    return `damage: ${message}; restore the file from a backup, or move it away to start with an empty store`;
  }
  if (isBusy(error)) return 'another process that did not release it in time';
  switch (resultCodeOf(error)) {
    case FULL:
      return 'a full disk; unacknowledged values are lost';
    case IO_ERROR:
      return `a disk error (${message}), perhaps a full disk; unacknowledged values are lost`;
    default:
      return message;
  }
}

function resultCodeOf(error: unknown): number | undefined {
  if (typeof error === 'object' && error !== null && 'errcode' in error && typeof error.errcode === 'number') {
    return error.errcode & 0xff;
  }
  return CODE_BY_MESSAGE.get(messageOf(error));
}
