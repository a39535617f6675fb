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

/** Reads the URL of one server: `redis://`, `rediss://` or `unix://`; undefined when the text is none of these. */
export function parseServerUrl(text: string): RedisAddress | undefined {
  const url = parseRedisUrl(text);
  if (url === undefined || url.master !== undefined) return undefined;
  const [endpoint, ...others] = url.endpoints;
  if (endpoint === undefined || others.length > 0) return undefined;
  const name = redisEndpointName(endpoint);
  const isUnix = endpoint.kind === 'unix';
  return {
    options: redisUrlOptions(url),
    display: isUnix ? `unix://${name}` : `${url.isTls ? 'rediss' : 'redis'}://${name}/${url.database}`,
  };
}
