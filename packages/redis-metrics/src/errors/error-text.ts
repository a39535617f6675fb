import { types } from 'node:util';

/** Whether a thrown value is an error of any realm; `instanceof` fails for other realms, such as Node's own errors under Jest. */
export function isError(thrown: unknown): thrown is Error {
  return types.isNativeError(thrown);
}

/** The message of a thrown value. */
export function messageOf(thrown: unknown): string {
  return isError(thrown) ? thrown.message : String(thrown);
}
