import { withoutCredentials } from '../../spec/url-credentials.js';
import type { HttpMethod } from './http-load-plan.js';
import type { HttpRequest } from './request-bytes.js';

/** Redirects that one request follows before it counts as failed, as in fetch. */
export const MAX_REDIRECTS = 20;

const REDIRECT_STATUSES: readonly number[] = [301, 302, 303, 307, 308];
const SECRET_HEADERS: readonly string[] = ['authorization', 'cookie', 'host', 'proxy-authorization'];
const BODY_HEADERS: readonly string[] = ['content-type', 'content-length', 'content-encoding', 'transfer-encoding'];

/** Where an answer leads. */
export type RedirectStep =
  | { readonly kind: 'none' }
  | { readonly kind: 'request'; readonly request: HttpRequest }
  | { readonly kind: 'failure'; readonly reason: string };

/**
 * The next request after an answer, as fetch has it: 301 and 302 turn a POST into a GET, 303 all but GET and HEAD, and another origin does not
 * get credentials.
 */
export function followRedirect(request: HttpRequest, statusCode: number, location: string | undefined): RedirectStep {
  if (location === undefined || !REDIRECT_STATUSES.includes(statusCode)) return { kind: 'none' };
  const url = URL.canParse(location, request.url.href) ? new URL(location, request.url) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    return { kind: 'failure', reason: 'redirect to another protocol than HTTP' };
  }
  const keepsMethod = isMethodKept(request.method, statusCode);
  const dropped = [...(keepsMethod ? [] : BODY_HEADERS), ...(url.origin === request.url.origin ? [] : SECRET_HEADERS)];
  const headers = Object.fromEntries(
    Object.entries(request.headers).filter(([name]) => !dropped.includes(name.toLowerCase())),
  );
  const { body } = request;
  const target = withoutCredentials(url.href);
  return {
    kind: 'request',
    request: {
      url: target.url,
      method: keepsMethod ? request.method : 'GET',
      headers: { ...headers, ...target.headers },
      ...(keepsMethod && body !== undefined ? { body } : {}),
    },
  };
}

function isMethodKept(method: HttpMethod, statusCode: number): boolean {
  if (statusCode === 303) return method === 'GET' || method === 'HEAD';
  return method !== 'POST' || statusCode === 307 || statusCode === 308;
}
