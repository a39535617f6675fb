import { types } from 'node:util';

/** Whether a thrown value is an error of any realm; `instanceof` fails for other realms, such as Node's own errors under Jest. */
export function isError(thrown: unknown): thrown is Error {
  return types.isNativeError(thrown);
}

/** The message of a thrown value, which may be anything. Never throws. */
export function messageOf(thrown: unknown): string {
  try {
    return String(isError(thrown) ? thrown.message : thrown);
  } catch {
    // An object without toString, or a getter or method of the application that throws, too.
    return 'something that cannot be shown';
  }
}
