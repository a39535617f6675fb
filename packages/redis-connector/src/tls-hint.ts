const FAILS_WITHOUT_TLS =
  /ECONNRESET|EPIPE|Connection is closed|closes the connection|Protocol error|Unknown RESP type|is not Redis/;
const FAILS_WITH_TLS =
  /ECONNRESET|EPIPE|ETIMEDOUT|Connection is closed|closes the connection|state "connecting"|TLS handshake does not complete|before secure TLS connection|wrong version number|packet length too long/;

/** What to change where TLS is needed, and where it is not. */
export interface TlsRemedies {
  readonly useTls: string;
  readonly useNoTls: string;
}

const URL_REMEDIES: TlsRemedies = {
  useTls: 'use rediss:// instead of redis://',
  useNoTls: 'use redis:// instead of rediss://',
};

/**
 * Why there is no connection to Redis, with what to try when the cause may be TLS: a server that expects TLS closes a connection
 * without it, and one that does not support it closes the connection, answers something else, or does not answer.
 * @param trouble the reason in one line, for a server that has never answered
 * @param isTls whether the connection uses TLS
 */
export function withTlsHint(trouble: string, isTls: boolean, { useTls, useNoTls } = URL_REMEDIES): string {
  if (isTls)
    return FAILS_WITH_TLS.test(trouble) ? `${trouble}; if the server does not speak TLS, ${useNoTls}` : trouble;
  return FAILS_WITHOUT_TLS.test(trouble) ? `${trouble}; if the server expects TLS, ${useTls}` : trouble;
}
