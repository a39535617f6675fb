import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import type { Redis } from 'ioredis';
import { startRedisServer, type RedisServer, type RedisServerOptions } from '../redis-server.js';

/** A redis-server with a connected client. */
export interface TestRedisServer extends RedisServer {
  readonly client: Redis;
}

/** How the redis-server of a test file is started. */
export interface UseRedisServerOptions extends RedisServerOptions {
  /** Whether it is emptied before each test; default false. */
  readonly flushBeforeEach?: boolean;
}

/**
 * Starts a redis-server before the tests of a file, or of a `describe`, and stops it after them.
 * @returns the server, to be used in hooks and tests
 */
export function useRedisServer({ flushBeforeEach = false, ...options }: UseRedisServerOptions = {}): TestRedisServer {
  let started: { readonly server: RedisServer; readonly client: Redis } | undefined;
  beforeAll(async () => {
    const server = await startRedisServer(options);
    started = { server, client: await server.connect() };
  });
  afterAll(() => started?.server.stop());
  if (flushBeforeEach) beforeEach(() => running().client.flushall());

  const running = (): NonNullable<typeof started> => {
    if (started === undefined) throw new Error('expected redis-server in a hook or a test: it starts in beforeAll');
    return started;
  };
  return {
    get port() {
      return running().server.port;
    },
    get url() {
      return running().server.url;
    },
    get dir() {
      return running().server.dir;
    },
    get pid() {
      return running().server.pid;
    },
    get client() {
      return running().client;
    },
    connect: () => running().server.connect(),
    crash: () => running().server.crash(),
    restart: () => running().server.restart(),
    stop: () => running().server.stop(),
  };
}
