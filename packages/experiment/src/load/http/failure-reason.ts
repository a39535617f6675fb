import { messageOf } from '../../experiment-error.js';

/** Why a connection failed, as failures are counted: by the code of the error (`ECONNREFUSED`, `ENOTFOUND`, `CERT_HAS_EXPIRED`), else its message. */
export function failureReason(error: unknown): string {
  const { code, errors } = error as NodeJS.ErrnoException & { readonly errors?: readonly unknown[] };
  if (typeof code === 'string') return code;
  // One error an address that was tried.
  const [first] = errors ?? [];
  return first === undefined ? messageOf(error) : failureReason(first);
}
