import { messageOf } from '../experiment-error.js';
import type { BackendMetric, BackendQuery } from './backend-template.js';

/** What a back end answered, or why there is no answer. */
export type BackendAnswer =
  { readonly kind: 'answer'; readonly json: string } | { readonly kind: 'failed'; readonly reason: string };

const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** Asks an HTTP back end for one metric: its params go into the query, its body is sent as it is. Reasons name no headers and no query, which may hold secrets. */
export async function askHttpBackend(
  query: BackendQuery,
  metric: BackendMetric,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<BackendAnswer> {
  const url = new URL(query.url);
  for (const { name, value } of metric.params ?? []) url.searchParams.append(name, value);
  const timeout = AbortSignal.timeout(timeoutMs);
  const where = `${url.origin}${url.pathname}`;
  try {
    const response = await fetch(url, {
      method: query.method,
      headers: query.headers,
      ...(metric.body === undefined ? {} : { body: metric.body }),
      signal: AbortSignal.any([signal, timeout]),
    });
    if (!response.ok) {
      await response.body?.cancel();
      return { kind: 'failed', reason: `expected status 200 from ${where}, got ${response.status}` };
    }
    const json = await response.text();
    if (json.length > MAX_ANSWER_BYTES)
      return { kind: 'failed', reason: `expected at most 16 MiB from ${where}, got more` };
    return { kind: 'answer', json };
  } catch (error) {
    if (timeout.aborted)
      return { kind: 'failed', reason: `expected a response from ${where} within ${timeoutMs} ms, got none` };
    return { kind: 'failed', reason: `expected a response from ${where}, got ${causeOf(error)}` };
  }
}

// fetch reports only "fetch failed"; its cause has the reason.
function causeOf(error: unknown): string {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  if (typeof cause === 'object' && cause !== null && 'code' in cause) return String(cause.code);
  return messageOf(cause ?? error);
}
