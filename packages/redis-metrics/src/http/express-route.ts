import type { IncomingMessage } from 'node:http';

/** What Express sets on a request during routing. */
interface RoutedRequest extends IncomingMessage {
  baseUrl?: unknown;
  params?: unknown;
  route?: unknown;
}

/**
 * Follows a request through the routers of Express 4 or 5.
 *
 * Express does not keep the full pattern: an error that leaves a router restores `baseUrl`, and for a router mounted at `/users/:id` it is
 * `/users/42`. So this watches assignments to both properties; at that moment `params` has the matches of the mount path.
 * @returns a function that returns the pattern of the last route entered; undefined when there was none
 */
export function followRoute(request: IncomingMessage): () => string | undefined {
  const routed: RoutedRequest = request;
  let base = textOf(routed.baseUrl);
  // When this starts inside a router, the matches of its mount path are already lost: the pattern starts here, too.
  let start = base;
  const mounts = new Map([[start, '']]);
  let pattern: string | undefined;

  watch(routed, 'baseUrl', (value) => {
    const next = textOf(value);
    if (next !== start && start.startsWith(next)) {
      start = next;
      mounts.clear();
      mounts.set(start, '');
    } else if (!mounts.has(next)) {
      const known = next.startsWith(base) ? base : start;
      mounts.set(next, (mounts.get(known) ?? '') + mountPattern(next.slice(known.length), routed.params));
    }
    base = next;
  });
  watch(routed, 'route', (value) => {
    const path = routePattern(value);
    if (path === undefined) return;
    const mount = mounts.get(base) ?? '';
    pattern = mount !== '' && path === '/' ? mount : mount + path;
  });
  return () => pattern;
}

/** Calls `onSet` after each assignment; otherwise the property behaves as before. */
function watch(request: RoutedRequest, name: 'baseUrl' | 'route', onSet: (value: unknown) => void): void {
  let current = request[name];
  Object.defineProperty(request, name, {
    configurable: true,
    enumerable: true,
    get: () => current,
    set: (value: unknown) => {
      current = value;
      onSet(value);
    },
  });
}

/** The path of a route as declared: a string, a regular expression, or a list of them. */
function routePattern(route: unknown): string | undefined {
  if (typeof route !== 'object' || route === null || !('path' in route)) return undefined;
  const { path } = route;
  const paths: unknown[] = Array.isArray(path) ? path : [path];
  const texts = paths.filter((one) => typeof one === 'string' || one instanceof RegExp).map(String);
  return texts.length === 0 ? undefined : texts.join('|');
}

/**
 * Reconstructs a mount path from what it matched: segments matched by parameters become their names again. The rest is converted to lower
 * case, since Express ignores case.
 */
function mountPattern(matched: string, params: unknown): string {
  const names = new Map<string, string>();
  if (typeof params === 'object' && params !== null) {
    for (const [name, value] of Object.entries(params)) {
      for (const part of Array.isArray(value) ? (value as unknown[]) : [value]) {
        if (typeof part === 'string' && part !== '') names.set(part, `:${name}`);
      }
    }
  }
  return matched
    .split('/')
    .map((segment) => names.get(decode(segment)) ?? segment.toLowerCase())
    .join('/');
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    // Express replies 400 to a segment that it cannot decode, so no parameter matched it.
    return segment;
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
