import type { Exchange } from '@redmeter/http-server';
import type { OwnMetrics } from '../../scrape/own-metrics.js';
import type { LiveWebConfiguration } from '../live-web-configuration.js';
import type { BasicAuth } from './basic-auth.js';

/** Why a request is rejected. */
export interface Refusal {
  readonly status: number;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a login is checked with. */
export interface LoginParts {
  readonly auth: BasicAuth;
  readonly web: LiveWebConfiguration;
  readonly metrics: OwnMetrics;
}

const RETRY_SOON = { 'Retry-After': '1' };
const LOG_IN = { 'WWW-Authenticate': 'Basic realm="redmeter-exporter", charset="UTF-8"' };

/** Why the login of a request does not do; undefined if it does, if none is needed, or if the client is gone. */
export async function checkLogin(
  { request, response, connection }: Exchange,
  { auth, web, metrics }: LoginParts,
): Promise<Refusal | undefined> {
  const { users } = web.current;
  if (users.size === 0) return undefined;
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const { authorization } = request.headers;
  const outcome = await auth.check(authorization, users, {
    address: request.socket.remoteAddress ?? '',
    failedLogins: connection.failedLogins,
    signal: gone.signal,
  });
  if (outcome === 'right' || outcome === 'gone') return undefined;
  if (outcome === 'busy') {
    metrics.refusedRequests.inc({ reason: 'logins' });
    return { status: 429, text: 'too many logins waiting to be verified', headers: RETRY_SOON };
  }
  if (authorization !== undefined) connection.failedLogins += 1;
  return { status: 401, text: 'expected a user and password', headers: LOG_IN };
}
