import { expect, it } from '@jest/globals';
import { startRedisServer } from '@redmeter/test-servers';
import { merge } from '../../lua/merge-call.js';

const SERIES = 200;
// What a ledger takes with its key and its time to live, and some room.
const BYTES_A_WRITER = 400;

/** Bytes in use after each of so many writers added to the same series, once. */
async function bytesAfter(writers: number): Promise<{ bytes: number; keys: number }> {
  const server = await startRedisServer();
  try {
    const redis = await server.connect();
    const series = Array.from({ length: SERIES }, (_, i) => `metrics:counter:events:i=${i}`);
    for (let writer = 1; writer <= writers; writer += 1) {
      const answer = await merge(redis, {
        incarnation: `writer-${writer}`,
        families: { events: { type: 'counter', declared: 1 } },
        series: series.map((key) => [key, { type: 'counter', family: 'events', add: 1 }]),
      });
      expect(answer.kind).toBe('applied');
    }
    const usages = await Promise.all((await redis.keys('*')).map((key) => redis.memory('USAGE', key, 'SAMPLES', 0)));
    return { bytes: usages.reduce<number>((sum, usage) => sum + Number(usage), 0), keys: usages.length };
  } finally {
    await server.stop();
  }
}

it('the data take series plus writers, not their product', async () => {
  const few = await bytesAfter(2);
  const many = await bytesAfter(102);
  expect(many.keys - few.keys).toBe(100);
  expect((many.bytes - few.bytes) / 100).toBeLessThan(BYTES_A_WRITER);
});
