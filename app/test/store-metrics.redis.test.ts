import { RedisMetricsService } from '@redmeter/redis-metrics';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { endpoints, endpointNames } from '../src/endpoints.js';
import type { HttpServer } from '../src/http-server.js';
import { storeMetrics } from '../src/store-metrics.js';
import { nobody, userEvents, type Users } from '../src/users.js';
import { recordedCount, recordedValue } from './recorded-series.js';
import { serveStore } from './served-store.js';

const redisServer = useRedisServer({ flushBeforeEach: true });
let metrics: RedisMetricsService;
let server: HttpServer;

beforeEach(async () => {
  // Longer than any test: only what a test flushes is written.
  metrics = new RedisMetricsService({ redis: redisServer.url, flushIntervalMs: 3_600_000, ttlSeconds: 86_400 });
  server = await serveStore(storeMetrics(metrics));
});
afterEach(async () => {
  await server.stop();
  await metrics.close();
});

describe('what the store records', () => {
  it('is there from the start, at zero', async () => {
    await metrics.flush();
    for (const event of userEvents)
      expect(await recordedValue(redisServer.client, `counter:user_events:event=${event}`)).toBe(0);
    for (const endpoint of endpointNames)
      expect(await recordedValue(redisServer.client, `counter:api_errors:endpoint=${endpoint}`)).toBe(0);
    for (const state of ['waiting', 'active', 'served', 'total']) {
      expect(await recordedValue(redisServer.client, `gauge:users_${state}:service=store`)).toBe(0);
    }
  });

  it('is exact after 500 requests, ten at a time', async () => {
    const asked: Record<string, number> = {};
    const happened: Record<string, number> = {};
    let users: Users = nobody;
    const ask = async (i: number): Promise<void> => {
      const endpoint = endpointNames[(i * 7) % endpointNames.length] ?? 'join';
      const response = await fetch(`${server.url}/api/store/${endpoint}`, { method: endpoints[endpoint] });
      const body = (await response.json()) as { event?: string | null; users?: Users };
      asked[endpoint] = (asked[endpoint] ?? 0) + 1;
      if (typeof body.event === 'string') happened[body.event] = (happened[body.event] ?? 0) + 1;
      // Answers may overtake each other; the latest state is the one with the most that has happened.
      if (body.users !== undefined && progress(body.users) > progress(users)) ({ users } = { users: body.users });
    };
    for (let i = 0; i < 500; i += 10) await Promise.all(Array.from({ length: 10 }, (_, j) => ask(i + j)));
    await metrics.flush();

    for (const endpoint of endpointNames) {
      const series = `histogram:api_request_duration_ms:endpoint=${endpoint},method=${endpoints[endpoint]}`;
      expect([endpoint, await recordedCount(redisServer.client, series)]).toEqual([endpoint, asked[endpoint]]);
    }
    for (const event of userEvents) {
      expect([event, await recordedValue(redisServer.client, `counter:user_events:event=${event}`)]).toEqual([
        event,
        happened[event],
      ]);
    }
    for (const endpoint of endpointNames) {
      const failed = endpoint === 'error' ? asked['error'] : 0;
      expect([endpoint, await recordedValue(redisServer.client, `counter:api_errors:endpoint=${endpoint}`)]).toEqual([
        endpoint,
        failed,
      ]);
    }
    for (const state of ['waiting', 'active', 'served', 'total'] as const) {
      expect([state, await recordedValue(redisServer.client, `gauge:users_${state}:service=store`)]).toEqual([
        state,
        users[state],
      ]);
    }
  });

  it('is bounded, whatever paths and methods callers make up', async () => {
    for (let i = 0; i < 20; i++)
      await fetch(`${server.url}/api/store/made-up-${i}`, { method: i % 2 === 0 ? 'GET' : 'MOVE' });
    await metrics.flush();
    expect((await redisServer.client.keys('metrics:histogram:api_request_duration_ms:*')).sort()).toEqual([
      'metrics:histogram:api_request_duration_ms:endpoint=unknown,method=GET',
      'metrics:histogram:api_request_duration_ms:endpoint=unknown,method=other',
    ]);
    expect(
      await recordedCount(redisServer.client, 'histogram:api_request_duration_ms:endpoint=unknown,method=GET'),
    ).toBe(10);
  });
});

/** Grows by one with each event. */
function progress({ total, active, served, left }: Users): number {
  return total + active + 2 * (served + left);
}
