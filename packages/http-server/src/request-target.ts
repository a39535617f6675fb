import type { IncomingMessage } from 'node:http';

/** The path and the hosts of a request. */
export interface RequestTarget {
  readonly pathname: string;
  /** The Host header, and the host of a target in absolute form, both with their port; empty where there is neither. */
  readonly hosts: readonly string[];
}

const ABSOLUTE_FORM = /^https?:\/\/([^/?#]*)([^?#]*)/i;

/**
 * Reads the target of a request in origin form (`/metrics?a`) or absolute form (`http://host/metrics`), RFC 9112,
 * section 3.2.
 * @returns undefined for a request with several Host headers, which must be refused
 */
export function readRequestTarget(request: IncomingMessage): RequestTarget | undefined {
  const hosts = request.headersDistinct['host'] ?? [];
  if (hosts.length > 1) return undefined;
  const url = request.url ?? '';
  const [, host, path] = ABSOLUTE_FORM.exec(url) ?? [];
  if (host === undefined) return { pathname: url.split('?', 1)[0] ?? '', hosts };
  return { pathname: path === undefined || path === '' ? '/' : path, hosts: [...hosts, host] };
}
