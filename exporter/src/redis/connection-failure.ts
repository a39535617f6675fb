/** Why Redis cannot be reached, in one line. */
export function connectionFailure(error: Error): string {
  // The error of ioredis for bytes that no Redis sends; it has no class of its own.
  if (/Unknown RESP type|Protocol error/.test(error.message)) return NO_REDIS;
  if (error.message === 'Connection is closed.') return CLOSED_EARLY;
  if (error.message !== '') return error.message;
  // An AggregateError of several addresses has no message.
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

/** The error for a server that accepted the connection and then neither accepts the login nor gives a reason. */
export const NOT_READY = 'it is not ready: it may be loading its data or hanging';

/** The error for a server that accepts the connection but does not begin TLS. */
export const NO_TLS_SESSION = 'the TLS handshake does not complete';

/** The error for a server that closes the connection without a reply. */
export const CLOSED_EARLY = 'the server closes the connection before it is ready';

/** Whether a command, or an attempt to connect, failed because the connection was closed. */
export function isCutOff(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.message === 'Connection is closed.' || error.name === 'MaxRetriesPerRequestError';
}

const NO_REDIS = 'the server that answers is not Redis';
const REFUSALS =
  /^(?:no Sentinel answers: )?(?:WRONGPASS|NOAUTH|NOPERM|ERR (?:invalid password|AUTH|Client sent AUTH|DB index))/;

/** Whether waiting does not help: a wrong password, or a server that is not Redis. */
export function isRefusal(failure: string): boolean {
  return failure === NO_REDIS || REFUSALS.test(failure);
}
