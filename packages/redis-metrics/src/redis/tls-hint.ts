import type { RedisAddress } from './redis-address.js';

const FAILS_WITHOUT_TLS = /ECONNRESET|EPIPE|Connection is closed|Protocol error|Unknown RESP type/;
const FAILS_WITH_TLS =
  /ECONNRESET|EPIPE|ETIMEDOUT|Connection is closed|state "connecting"|before secure TLS connection|wrong version number|packet length too long/;

/**
 * What to try where the address may say TLS wrongly: a server that expects it hangs up on a client without, and one that does
 * not speak it hangs up, answers what is no TLS, or keeps waiting. Empty where there is nothing to try.
 * @param trouble why there is no connection, to a server that has never answered
 */
export function tlsHint({ discovery, options }: RedisAddress, trouble: string): string {
  // A socket in the file system has no TLS.
  if (options.path !== undefined) return '';
  const isTls = options.tls !== undefined;
  if (!(isTls ? FAILS_WITH_TLS : FAILS_WITHOUT_TLS).test(trouble)) return '';
  const [problem, scheme, option] = isTls
    ? ['does not speak TLS', 'redis:// instead of rediss://', 'leave out tls']
    : ['expects TLS', 'rediss:// instead of redis://', 'give tls, such as {}'];
  return `; if the server ${problem}, ${discovery?.kind === 'sentinel' ? option : `use ${scheme}`}`;
}
