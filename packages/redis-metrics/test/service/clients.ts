import { startRestServer } from '@redmeter/test-servers';
import { Redis as Upstash } from '@upstash/redis';
import { Redis } from 'ioredis';
import { createClient, createClientPool } from 'redis';
import { createClient as createClient5 } from 'redis5';
import type { RedisLocation } from '../../src/index.js';

/** A way to reach Redis, as an application has it. */
export interface OpenedClient {
  readonly redis: RedisLocation;
  stop(): Promise<void>;
}

/** A client of node-redis, of any kind or version. */
interface NodeRedis {
  on(event: 'error', listener: () => void): unknown;
  connect(): Promise<unknown>;
  destroy(): void;
}

async function connected<Client extends NodeRedis>(client: Client): Promise<Client> {
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

function ending(end: () => void): () => Promise<void> {
  return () => Promise.resolve().then(end);
}

/** Retries soon, for tests. */
const socket = { reconnectStrategy: 20 } as const;

/** All clients that a service takes, by the URL of a Redis. */
export const clients: Readonly<Record<string, (url: string) => Promise<OpenedClient>>> = {
  'a URL': (url) => Promise.resolve({ redis: url, stop: () => Promise.resolve() }),
  ioredis: (url) => {
    const redis = new Redis(url);
    redis.on('error', () => undefined);
    return Promise.resolve({ redis, stop: ending(() => redis.disconnect()) });
  },
  'node-redis 5': async (url) => {
    const redis = await connected(createClient5({ url, socket }));
    return { redis, stop: ending(() => redis.destroy()) };
  },
  'node-redis 6': async (url) => {
    const redis = await connected(createClient({ url, socket }));
    return { redis, stop: ending(() => redis.destroy()) };
  },
  'node-redis 6 with types of its own': async (url) => {
    // Texts as buffers, numbers as texts.
    const typeMapping = { 36: Buffer, 43: Buffer, 58: String } as const;
    const redis = await connected(createClient({ url, socket, commandOptions: { typeMapping, timeout: 10_000 } }));
    return { redis, stop: ending(() => redis.destroy()) };
  },
  'a pool of node-redis': async (url) => {
    const redis = await connected(createClientPool({ url, socket }));
    return { redis, stop: ending(() => redis.destroy()) };
  },
  'the REST protocol': async (url) => {
    const server = await startRestServer(url);
    return { redis: { url: server.url, token: server.token }, stop: () => server.stop() };
  },
  '@upstash/redis': async (url) => {
    const { token, ...server } = await startRestServer(url);
    const redis = new Upstash({ url: server.url, token, retry: { retries: 1, backoff: () => 10 } });
    return { redis, stop: () => server.stop() };
  },
};
