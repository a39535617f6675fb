import type { IncomingMessage } from 'node:http';

/** What Express sets on a request while it looks for a route. */
interface RoutedRequest extends IncomingMessage {
  baseUrl?: unknown;
  params?: unknown;
  route?: unknown;
}

/**
 * Follows a request through the routers of Express 4 or 5.
 *
 * Express forgets where it has been: an error that leaves a router puts `baseUrl` back, and a router mounted under
 * `/users/:id` shows as `/users/42` there, its pattern kept nowhere. So we watch the two properties as Express sets them:
 * at that moment `params` holds what the mount path matched.
 * @returns reads the pattern of the route that was entered last; undefined when there was none
 */
export function followRoute(request: IncomingMessage): () => string | undefined {
  const routed: RoutedRequest = request;
  let base = textOf(routed.baseUrl);
  // Where this begins inside a router, what matched its mount path is known no more: the pattern begins here, too.
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

/** Calls `onSet` after each assignment; for everyone else the property behaves as before. */
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

/** A path, regular expression, or a list of them, as the route was declared with. */
function routePattern(route: unknown): string | undefined {
  if (typeof route !== 'object' || route === null || !('path' in route)) return undefined;
  const { path } = route;
  const paths: unknown[] = Array.isArray(path) ? path : [path];
  const texts = paths.filter((one) => typeof one === 'string' || one instanceof RegExp).map(String);
  return texts.length === 0 ? undefined : texts.join('|');
}

/**
 * A mount path as it was declared, from what it matched: parts that parameters matched get their names back. The rest is
 * written in lower case, since Express matches it in any.
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
    // Express answers 400 to what it cannot decode, so that this names no parameter.
    return segment;
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
