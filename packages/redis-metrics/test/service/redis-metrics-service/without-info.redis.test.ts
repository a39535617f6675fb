import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  startRedisServer,
  startRefusingProxy,
  type RedisServer,
  type RefusingProxy,
  waitFor,
} from '@redmeter/test-servers';
import { Redis } from 'ioredis';
import { RedisMetricsService, type RedisMetricsOptions } from '../../../src/index.js';
import { valueOf } from '../../lua/merge-call.js';
import { RecordedLog } from '../recorded-log.js';

const KEY = 'metrics:counter:events';
const MAY_EVICT = 'metrics:gauge:redmeter_writer_redis_may_evict:writer=w';
const RECONNECTS = 3;

let log: RecordedLog;
const stops: (() => unknown)[] = [];
beforeEach(() => {
  log = new RecordedLog();
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function startServer(args: readonly string[] = []): Promise<RedisServer> {
  const server = await startRedisServer({ args });
  stops.push(() => server.stop());
  return server;
}

async function startProxy(...args: Parameters<typeof startRefusingProxy>): Promise<RefusingProxy> {
  const proxy = await startRefusingProxy(...args);
  stops.push(() => proxy.stop());
  return proxy;
}

function startService(redis: RedisMetricsOptions['redis']): RedisMetricsService {
  const metrics = new RedisMetricsService({
    redis,
    writerId: 'w',
    flushIntervalMs: 600_000,
    ttlSeconds: 3600,
    logger: log,
  });
  stops.push(() => metrics.close());
  return metrics;
}

/** Records and flushes over several connections, one after the other. */
async function writeOverReconnects(metrics: RedisMetricsService, redis: Redis): Promise<void> {
  for (let round = 0; round <= RECONNECTS; round += 1) {
    if (round > 0) await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    metrics.incrementCounter('events', round + 1);
    await waitFor(
      () =>
        metrics.flush().then(
          () => true,
          () => false,
        ),
      'it is written',
    );
  }
}

/** The log without the lines about a lost connection and its return. */
const complaints = (): string[] =>
  [...log.warnings, ...log.errors].filter((line) => /INFO|unknown|NOPERM|permission|evict/i.test(line));

/** Servers that do not reply to INFO, each with the URL for the service. */
const places: Readonly<Record<string, () => Promise<{ readonly url: string; readonly server: RedisServer }>>> = {
  'does not know INFO': async () => {
    const server = await startServer(['--rename-command', 'INFO', '']);
    return { url: server.url, server };
  },
  'keeps a user from INFO': async () => {
    const server = await startServer();
    const redis = await server.connect();
    await redis.call('ACL', 'SETUSER', 'writer', 'on', '>pw', '~*', '&*', '+@all', '-info');
    return { url: server.url.replace('//', '//writer:pw@'), server };
  },
  'is behind a proxy that answers INFO with an error': async () => {
    const server = await startServer();
    return { url: (await startProxy(server.port, (name) => (name === 'INFO' ? 'error' : 'passed'))).url, server };
  },
  'is behind a proxy that hangs up on INFO': async () => {
    const server = await startServer();
    return { url: (await startProxy(server.port, (name) => (name === 'INFO' ? 'hang up' : 'passed'))).url, server };
  },
  'is behind a proxy that knows scripts alone': async () => {
    const server = await startServer();
    const fateOf = (name: string): 'passed' | 'error' => (name.startsWith('EVAL') ? 'passed' : 'error');
    return { url: (await startProxy(server.port, fateOf)).url, server };
  },
};

describe.each(Object.entries(places))('a Redis that %s', (_what, start) => {
  it.each(['an address', 'a client'])('is written to over each connection without a warning: %s', async (given) => {
    const { server, url } = await start();
    const redis = await server.connect();
    const client = new Redis(url, { lazyConnect: true, enableReadyCheck: false });
    stops.push(() => client.disconnect());
    client.on('error', () => undefined);
    const metrics = startService(given === 'a client' ? client : url);
    await writeOverReconnects(metrics, redis);
    expect(await valueOf(redis, 'counter', KEY)).toBe(1 + 2 + 3 + 4);
    expect(metrics.stats().counter).toMatchObject({ recorded: 4, flushed: 4, pending: 0, dropped: {} });
    expect(complaints()).toEqual([]);
    expect(await redis.exists(MAY_EVICT)).toBe(0);
  });
});

describe('before the first batch', () => {
  it.each([
    ['without a password', '', ['TIME']],
    ['with one', 'writer:pw@', ['AUTH']],
  ])('nothing is asked that is not needed: %s', async (_what, login, expected) => {
    const server = await startServer();
    const redis = await server.connect();
    await redis.call('ACL', 'SETUSER', 'writer', 'on', '>pw', '~*', '&*', '+@all');
    const proxy = await startProxy(server.port, () => 'passed');
    const metrics = startService(proxy.url.replace('//', `//${login}`));
    await waitFor(() => proxy.commands.length >= expected.length, 'it has connected');
    metrics.incrementCounter('events');
    await metrics.flush();
    expect(proxy.commands.slice(0, proxy.commands.indexOf('EVALSHA'))).toEqual(expected);
    await waitFor(() => proxy.commands.includes('INFO'), 'INFO is asked afterwards');
  });

  it('does not call INFO through a client with enableReadyCheck: false', async () => {
    const server = await startServer();
    const proxy = await startProxy(server.port, () => 'passed');
    const client = new Redis(proxy.url, { enableReadyCheck: false });
    stops.push(() => client.disconnect());
    const metrics = startService(client);
    for (let i = 0; i < 3; i += 1) {
      metrics.incrementCounter('events');
      await metrics.flush();
    }
    expect(proxy.commands).not.toContain('INFO');
  });
});

it('calls INFO once, whatever the outcome', async () => {
  const server = await startServer();
  const redis = await server.connect();
  const proxy = await startProxy(server.port, (name) => (name === 'INFO' ? 'hang up' : 'passed'));
  const metrics = startService(proxy.url);
  await writeOverReconnects(metrics, redis);
  await writeOverReconnects(metrics, redis);
  expect(proxy.commands.filter((name) => name === 'INFO')).toEqual(['INFO']);
});

it('leaves no recording in doubt when INFO makes a server close the connection', async () => {
  const server = await startServer();
  const redis = await server.connect();
  const proxy = await startProxy(server.port, (name) => (name === 'INFO' ? 'hang up' : 'passed'));
  const metrics = startService(proxy.url);
  for (let i = 0; i < 200; i += 1) {
    metrics.incrementCounter('events');
    await metrics.flush();
  }
  expect(proxy.commands).toContain('INFO');
  expect(await valueOf(redis, 'counter', KEY)).toBe(200);
  expect(log.warnings).toEqual([]);
});
