import { parseRedisUrl, redisEndpointName, redisUrlOptions, type ConnectionOptions } from '@redmeter/redis-connector';

/** Where a Redis is, and how error messages show it: without its password. */
export interface RedisAddress {
  readonly options: ConnectionOptions;
  readonly display: string;
  /** How to find the server when the options do not name it. */
  readonly discovery?: Discovery;
}

/** Whom to ask where the server is. */
type Discovery =
  | { readonly kind: 'sentinel'; readonly sentinels: readonly ConnectionOptions[]; readonly name: string }
  | { readonly kind: 'cluster'; readonly nodes: readonly ConnectionOptions[] };

/** The address of one server, by the options of a client. */
export function addressOf(options: ConnectionOptions): RedisAddress {
  const { db = 0, host = '', path, port = 0, tls } = options;
  const endpoint = path === undefined ? ({ kind: 'tcp', host, port } as const) : ({ kind: 'unix', path } as const);
  const name = redisEndpointName(endpoint);
  const display = path === undefined ? `${tls === undefined ? 'redis' : 'rediss'}://${name}/${db}` : `unix://${name}`;
  return { options, display };
}

/** Reads the URL of one server: `redis://`, `rediss://` or `unix://`; undefined when the text is none of these. */
export function parseServerUrl(text: string): RedisAddress | undefined {
  const url = parseRedisUrl(text);
  if (url === undefined || url.master !== undefined) return undefined;
  const [endpoint, ...others] = url.endpoints;
  if (endpoint === undefined || others.length > 0) return undefined;
  return addressOf(redisUrlOptions(url));
}
