import { types } from 'node:util';

/** Whether something thrown is an error, of whichever realm: `instanceof` fails on those of another, such as Node's own under Jest. */
export function isError(thrown: unknown): thrown is Error {
  return types.isNativeError(thrown);
}

/** The message of whatever was thrown. */
export function messageOf(thrown: unknown): string {
  return isError(thrown) ? thrown.message : String(thrown);
}
