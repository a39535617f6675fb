import { waitFor } from '@redmeter/test-servers';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { describe, expect, it } from '@jest/globals';
import { fieldsOf, HISTOGRAM_KEY, increment, keys, merge, observe, valueOf } from './merge-call.js';

const COUNTER_KEY = 'metrics:counter:events';
const server = useRedisServer({ flushBeforeEach: true });

describe('the time to live', () => {
  it('is renewed once in a sixtieth of it, and in the index what it is on the key', async () => {
    const ttlMs = 30_000;
    const expiries = { [COUNTER_KEY]: new Set<number>(), [HISTOGRAM_KEY]: new Set<number>() };
    const begunMs = Date.now();
    const isRenewedTwice = (): boolean => Object.values(expiries).every(({ size }) => size >= 3);
    for (let batch = 1; !isRenewedTwice() && Date.now() < begunMs + 60_000; batch += 2) {
      await merge(server.client, { batch, ttlMs, ...increment(1) });
      await merge(server.client, { batch: batch + 1, ttlMs, ...observe([1, 0, 0], 1) });
      for (const [key, seen] of Object.entries(expiries)) {
        const expiry = await server.client.pexpiretime(key);
        const indexed = Number(await server.client.zscore(keys.live, key));
        // The script asks for the time once, and Redis for a key's expiry when it is set; on a busy machine time passes
        // between the two, but less than the sixtieth in which nothing is renewed.
        expect(Math.abs(indexed - expiry)).toBeLessThan(ttlMs / 60);
        const { timestamp } = await fieldsOf(server.client, key);
        expect(indexed - Number(timestamp)).toBeGreaterThan(ttlMs - ttlMs / 60);
        expect(indexed - Number(timestamp)).toBeLessThanOrEqual(ttlMs);
        seen.add(indexed);
      }
    }
    for (const { size } of Object.values(expiries)) {
      expect(size).toBeGreaterThanOrEqual(3);
      expect(size).toBeLessThanOrEqual(2 + (Date.now() - begunMs) / (ttlMs / 60));
    }
  });
});

describe('records written a moment ago', () => {
  it.each(['962804.3476018178,"created":5', '7,"note":"x","created":1763600000123', '5e3,"created":1763600000123'])(
    'are added to exactly where they are written in another way: %s',
    async (value) => {
      const text = `{"type":"counter","value":${value},"timestamp":${Date.now()}}`;
      await server.client.set(COUNTER_KEY, text);
      await merge(server.client, increment(1));
      const { value: before } = JSON.parse(text) as { value: number };
      expect(await valueOf(server.client, 'counter', COUNTER_KEY)).toBe(before + 1);
    },
  );

  it('are judged in the next sixtieth of their time to live at the latest', async () => {
    await merge(server.client, { ttlMs: 30_000, ...observe([1, 1, 1], 20) });
    const wrong = (await server.client.get(HISTOGRAM_KEY))?.replace('"count":3', '"count":4') ?? '';
    await server.client.set(HISTOGRAM_KEY, wrong);
    let batch = 1;
    await waitFor(async () => {
      const answer = await merge(server.client, { batch: (batch += 1), ttlMs: 30_000, ...observe([0, 0, 1], 20) });
      return answer.kind === 'applied' && answer.refusals.get(1) === 'unreadable_value';
    }, 'it is refused');
  });
});
