const FAILS_WITHOUT_TLS =
  /ECONNRESET|EPIPE|Connection is closed|closes the connection|Protocol error|Unknown RESP type|is no Redis/;
const FAILS_WITH_TLS =
  /ECONNRESET|EPIPE|ETIMEDOUT|Connection is closed|closes the connection|no TLS session|before secure TLS connection|wrong version number|packet length too long/;

/**
 * Why there is no connection to Redis, with what to try where the address may have the wrong scheme: a server that expects TLS
 * hangs up on a client without it, and one that does not speak it hangs up, answers what is no TLS, or keeps waiting.
 * @param trouble why there is none, in one line; of a server that has never answered
 * @param isTls whether the address says TLS
 */
export function withTlsHint(trouble: string, isTls: boolean): string {
  if (isTls) {
    if (!FAILS_WITH_TLS.test(trouble)) return trouble;
    return `${trouble}; if the server does not speak TLS, begin the address with redis instead of rediss`;
  }
  if (!FAILS_WITHOUT_TLS.test(trouble)) return trouble;
  return `${trouble}; if the server expects TLS, begin the address with rediss instead of redis`;
}
