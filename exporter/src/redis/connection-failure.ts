/** What keeps us from Redis, in one line. */
export function connectionFailure(error: Error): string {
  // The error of ioredis for bytes that no Redis sends; it has no class of its own.
  if (/Unknown RESP type|Protocol error/.test(error.message)) return NO_REDIS;
  const sentinels = /^All sentinels are unreachable[^]*?(?:Last error: ([^]*))?$/.exec(error.message);
  if (sentinels !== null) {
    const [, last] = sentinels;
    const isUnknown = last === undefined || /No such master/i.test(last);
    return isUnknown ? 'no Sentinel knows a master of that name' : `no Sentinel answers: ${last}`;
  }
  if (error.message === 'Connection is closed.') return CLOSED_EARLY;
  if (error.message !== '') return error.message;
  // Errors of several addresses tried in a row have no message of their own.
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

/** The error for a server that accepted the connection and then neither accepts the login nor gives a reason. */
export const NOT_READY = 'it is not ready: it may be loading its data, or hang';

/** What is known of a server that took the connection and keeps waiting while TLS is to begin. */
export const NO_TLS_SESSION = 'no TLS session begins';

/** What is known of a server that ends the connection without a word. */
export const CLOSED_EARLY = 'the server closes the connection before it is ready';

/** Whether a command, or an attempt to connect, came to nothing because the connection ended. */
export function isCutOff(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.message === 'Connection is closed.' || error.name === 'MaxRetriesPerRequestError';
}

const NO_REDIS = 'what answers is no Redis';
const REFUSALS =
  /^(?:no Sentinel answers: )?(?:WRONGPASS|NOAUTH|NOPERM|ERR (?:invalid password|AUTH|Client sent AUTH|DB index))/;

/** Whether no waiting mends it: a wrong password, or something that is no Redis. */
export function isRefusal(failure: string): boolean {
  return failure === NO_REDIS || REFUSALS.test(failure);
}
