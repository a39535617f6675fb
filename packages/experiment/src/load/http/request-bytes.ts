import { ExperimentError } from '../../experiment-error.js';
import type { HttpLoadPlan, HttpMethod } from './http-load-plan.js';

/** What a request consists of, beside the connection it goes over. */
export type HttpRequest = Pick<HttpLoadPlan, 'method' | 'headers' | 'body'> & { readonly url: URL };

// Some servers wait for the body of these, or answer 411, unless the request says that there is none.
const WITH_LENGTH: ReadonlySet<HttpMethod> = new Set<HttpMethod>(['POST', 'PUT', 'PATCH']);

/**
 * A request as the bytes that go over the connection. The body goes out whole: with its length, or as one chunk where the headers ask for chunks.
 *
 * @throws ExperimentError `task_failed` for a header that would be two; its value is not shown, since it may be a secret.
 */
export function requestBytes({ method, url, headers, body }: HttpRequest): Buffer {
  refuseLineBreaks(headers);
  const given = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const isFramed = given.has('content-length') || given.has('transfer-encoding');
  const lines = [
    `${method} ${url.pathname}${url.search} HTTP/1.1`,
    ...(given.has('host') ? [] : [`Host: ${url.host}`]),
    ...(given.has('connection') ? [] : ['Connection: keep-alive']),
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(isFramed || (body === undefined && !WITH_LENGTH.has(method)) ? [] : [`Content-Length: ${body?.length ?? 0}`]),
  ];
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
  if (body === undefined) return head;
  if (!given.has('transfer-encoding')) return Buffer.concat([head, body]);
  const chunk = body.length === 0 ? [] : [Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')];
  return Buffer.concat([head, ...chunk, Buffer.from('0\r\n\r\n')]);
}

function refuseLineBreaks(headers: HttpLoadPlan['headers']): void {
  const [name] = Object.entries(headers).find((field) => /[\0\r\n]/.test(field.join(''))) ?? [];
  if (name === undefined) return;
  const message = `headers: expected ${JSON.stringify(name)} and its value to be a single line, got several`;
  throw new ExperimentError('task_failed', message);
}
