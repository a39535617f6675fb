import { freePort, startRedisServer, waitFor } from '@redmeter/test-servers';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { Agent, get } from 'node:http';
import { recordedCount, recordedValue } from './recorded-series.js';
import { runStore, startStore, type StoreProcess } from './store-process.js';

// Each test starts processes of its own, on a machine that may be busy.
const redisServer = useRedisServer({ flushBeforeEach: true });
const stores: StoreProcess[] = [];

afterEach(async () => {
  stores.forEach((store) => store.kill('SIGKILL'));
  await Promise.all(stores.splice(0).map(({ exited }) => exited));
});

async function start(environment: Record<string, string> = {}): Promise<StoreProcess> {
  const store = await startStore({ REDIS_URL: redisServer.url, METRICS_FLUSH_INTERVAL_MS: '50', ...environment });
  stores.push(store);
  return store;
}

const joined = (from: Redis): Promise<number | undefined> => recordedValue(from, 'counter:user_events:event=joined');
const joinRequests = (from: Redis): Promise<number> =>
  recordedCount(from, 'histogram:api_request_duration_ms:endpoint=join,method=GET');

describe('the store as a process', () => {
  it('writes what it records every few seconds, by itself', async () => {
    const store = await start();
    for (let i = 0; i < 7; i++) await fetch(`${store.url}/api/store/join`);
    await waitFor(async () => (await joined(redisServer.client)) === 7);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('loses nothing at %s with requests in flight', async (signal) => {
    // The first flush is an hour away: what is in Redis afterwards, the stop has written.
    const store = await start({
      METRICS_FLUSH_INTERVAL_MS: '3600000',
      METRICS_TTL_SECONDS: '86400',
      HANDLER_DELAY_MS: '2000',
      DRAIN_TIMEOUT_MS: '60000',
    });
    const agent = new Agent({ keepAlive: true });
    let answered = 0;
    const ask = (path: string, onSent = (): void => undefined): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const request = get(store.url + path, { agent }, (response) => {
          answered += 1;
          response.resume();
          response.once('end', () => resolve(response.statusCode));
        });
        request.once('finish', onSent);
        request.once('error', reject);
      });
    const hundred = <T>(make: () => T): T[] => Array.from({ length: 100 }, make);
    // A connection that the store has not yet accepted when it stops listening is refused, so they are opened before.
    await Promise.all(hundred(() => ask('/healthz')));
    answered = 0;
    const requests: Promise<number | undefined>[] = [];
    const allSent = hundred(() => new Promise<void>((onSent) => requests.push(ask('/api/store/join', onSent))));
    await Promise.all(allSent);
    // Sent after them, read not before them.
    await fetch(`${store.url}/healthz`);
    const before = answered;
    store.kill(signal);
    expect(await Promise.all(requests)).toEqual(hundred(() => 200));
    expect(before).toBeLessThan(100);

    expect(await store.exited).toMatchObject({ code: 0, stderr: '' });
    expect(await joined(redisServer.client)).toBe(100);
    expect(await joinRequests(redisServer.client)).toBe(100);
    expect(await recordedValue(redisServer.client, 'gauge:users_waiting:service=store')).toBe(100);
    agent.destroy();
  });

  it('ends at once at a second signal', async () => {
    const store = await start({ HANDLER_DELAY_MS: '60000', DRAIN_TIMEOUT_MS: '600000' });
    const failed = expect(fetch(`${store.url}/api/store/join`)).rejects.toThrow('fetch failed');
    // One request has been read once another, sent after it, is answered.
    await fetch(`${store.url}/healthz`);
    store.kill('SIGTERM');
    await waitFor(() => store.logLines().some(({ msg }) => msg.startsWith('stopping')));
    store.kill('SIGTERM');
    expect(await store.exited).toMatchObject({ code: 143 });
    await failed;
  });

  it('serves while Redis is down, logs it once, and writes what it holds when Redis is back', async () => {
    const port = await freePort();
    const store = await start({ REDIS_URL: `redis://127.0.0.1:${port}` });
    const troubles = (): string[] =>
      store
        .logLines()
        .filter(({ level }) => level >= 40)
        .map(({ msg }) => msg);
    let requests = 0;
    // Long enough for twenty flushes to fail.
    for (const until = Date.now() + 1000; Date.now() < until; requests++) {
      expect((await fetch(`${store.url}/api/store/join`)).status).toBe(200);
    }
    expect(troubles()).toHaveLength(1);
    expect(troubles()[0]).toContain('metrics are not written: no connection to redis://127.0.0.1');

    const late = await startRedisServer({ port });
    try {
      const lateRedis = await late.connect();
      await waitFor(async () => (await joined(lateRedis)) === requests);
      expect(await joinRequests(lateRedis)).toBe(requests);
      await waitFor(() => troubles().length > 1);
      expect(troubles()).toEqual([
        expect.stringContaining('metrics are not written'),
        'redmeter: metrics are written again',
      ]);
    } finally {
      await late.stop();
    }
  });

  it('keeps the password out of its log, also when Redis refuses it', async () => {
    const url = redisServer.url.replace('//', '//user:hunter2@');
    const store = await start({ REDIS_URL: url, LOG_LEVEL: 'trace' });
    await waitFor(() => store.logLines().some(({ level }) => level >= 40));
    store.kill('SIGTERM');
    const { code, stdout, stderr } = await store.exited;
    expect(code).toBe(0);
    expect(stdout + stderr).not.toContain('hunter2');
  });
});

describe('a store that cannot start', () => {
  it.each([
    [{ PORT: 'abc' }, /^PORT: expected a whole number from 0 to 65535, got "abc"\n$/],
    [{ REDIS_URL: 'localhost' }, /^REDIS_URL: expected redis:\/\/.*, got "localhost"\n$/],
    [{ REDIS_URL: 'mysql://root:hunter2@db' }, /^REDIS_URL: expected redis:\/\/.*, got "mysql:\/\/\*\*\*@db"\n$/],
    [
      { METRICS_FLUSH_INTERVAL_MS: '0' },
      /^METRICS_FLUSH_INTERVAL_MS: expected a whole number from 10 to 3600000, got "0"\n$/,
    ],
    [
      { METRICS_TTL_SECONDS: '30 min' },
      /^METRICS_TTL_SECONDS: expected a whole number from 1 to 86400, got "30 min"\n$/,
    ],
    [{ LOG_LEVEL: 'loud' }, /^LOG_LEVEL: expected one of .*, got "loud"\n$/],
    [{ HANDLER_DELAY_MS: '-1' }, /^HANDLER_DELAY_MS: expected a whole number from 0 to 60000, got "-1"\n$/],
    [{ HOST: '192.0.2.1', PORT: '0' }, /^HOST: expected an address or name of this machine, got "192.0.2.1" .*\n$/],
  ])('because of %j says so in one line and exits with 1', async (environment, line) => {
    const { code, stdout, stderr } = await runStore(environment);
    expect(stderr).toMatch(line);
    expect(stdout).toBe('');
    expect(code).toBe(1);
  });

  it('because its port is in use prints one line, and writes nothing to Redis', async () => {
    const { url } = await start({ METRICS_FLUSH_INTERVAL_MS: '3600000', METRICS_TTL_SECONDS: '86400' });
    const { port } = new URL(url);
    const { code, stdout, stderr } = await runStore({
      PORT: port,
      REDIS_URL: redisServer.url,
      METRICS_FLUSH_INTERVAL_MS: '10',
    });
    expect(stderr).toMatch(new RegExp(`^PORT: expected a free port, got ${port}, .*\n$`));
    expect(stdout).toBe('');
    expect(code).toBe(1);
    expect(await redisServer.client.dbsize()).toBe(0);
  });
});
