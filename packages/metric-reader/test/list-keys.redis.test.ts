import { describe, expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { listKeys } from '../src/list-keys.js';

const NOW = 1_763_600_000_000;
const COUNT = 3000;

const server = useRedisServer();

const namesOf = (what: string): string[] => Array.from({ length: COUNT }, (_, i) => `metrics:gauge:${what}:i=${i}`);

describe('listing keys by the indexes', () => {
  it('finds all in pages that take Redis a moment, but for what has expired', async () => {
    const [live, expired, announced] = [namesOf('live'), namesOf('expired'), namesOf('announced')];
    await server.client.zadd(
      'metrics-meta:live',
      ...live.flatMap((key) => [NOW, key]),
      '+inf',
      'metrics:gauge:for_ever',
    );
    await server.client.zadd('metrics-meta:live', ...expired.flatMap((key) => [NOW - 1, key]));
    await server.client.sadd('metrics-meta:keys', ...announced, live[0] ?? '', 'other:gauge:x');
    let most = 0;
    const listing = await listKeys(
      async (command, args) => {
        const reply: unknown = await server.client.callBuffer(command, ...args);
        if (Array.isArray(reply)) most = Math.max(most, reply.flat().length);
        return reply;
      },
      { prefix: 'metrics', scanLimitKeys: 0 },
      NOW,
    );
    const keys = [...listing.keys].map((key) => Buffer.from(key).toString());
    expect(keys.sort()).toEqual([...live, ...announced, 'metrics:gauge:for_ever'].sort());
    expect(most).toBeLessThan(1200);
  });
});
