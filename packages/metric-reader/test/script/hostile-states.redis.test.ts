import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { MAX_RECORD_BYTES } from '@redmeter/metric-format';
import { redisProcessorTimeMs, startRedisServer, type RedisServer } from '@redmeter/test-servers';
import type { Redis } from 'ioredis';
import { HOSTILE_KEYS } from '../../../metric-format/test/hostile-keys.js';
import { expectLinear, GROWTH, hostileValues } from '../../../metric-format/test/hostile-values.js';
import { runScript } from './script.js';

const NOW_MS = 1763600100000;
const VALUES = hostileValues(NOW_MS).map((value) => [value.name, value] as const);
let server: RedisServer;
let redis: Redis;

beforeAll(async () => {
  server = await startRedisServer();
  redis = await server.connect();
});
afterAll(() => server.stop());
beforeEach(() => redis.flushall());

async function readingTimeMs(): Promise<number> {
  return redisProcessorTimeMs(redis, GROWTH.runs, async () => {
    for (const form of ['text', 'pairs']) await runScript(redis, [form, `now_ms=${NOW_MS}`]);
  });
}

describe('the script reads hostile data in a time that grows with their length, not with the square of it', () => {
  it.each(VALUES)('a value, %s', async (_, { type, build }) => {
    await expectLinear(async (bytes) => {
      await redis.set(`metrics:${type}:x`, build(bytes));
      return readingTimeMs();
    });
  });

  it.each(VALUES.filter(([, { type }]) => type === 'histogram'))('the record of a family, %s', async (_, { build }) => {
    await redis.set('metrics:counter:x', '1');
    await redis.set('metrics:gauge:x', '1');
    await expectLinear(async (bytes) => {
      await redis.set('metrics-meta:family:x', build(bytes));
      return readingTimeMs();
    });
  });

  it.each(HOSTILE_KEYS.map((keys) => [keys.name, keys] as const))('%s', async (_, { build }) => {
    await expectLinear(async (bytes) => {
      await redis.flushall();
      await redis.mset(build(bytes).flatMap((key) => [key, '1']));
      return readingTimeMs();
    });
  });
});

describe('a value longer than a record may be', () => {
  it.each(['counter', 'gauge', 'histogram'])('is too long: a %s', async (type) => {
    await redis.set(`metrics:${type}:x`, '{"value":5,"count":0,"sum":0}'.padStart(MAX_RECORD_BYTES + 1));
    expect(await runScript(redis)).toContain('redmeter_skipped_keys{reason="value_too_long"} 1');
  });

  it('is not copied into the script', async () => {
    const value = Buffer.alloc(64_000_000, '1');
    for (const key of ['metrics:counter:x', 'metrics-meta:family:x', 'metrics-meta:{0}:dataset']) {
      await redis.set(key, value);
    }
    await runScript(redis, ['text', 'scan_limit=0']);
    await runScript(redis);
    const [, used] = /used_memory_vm_eval:(\d+)/.exec(await redis.info('memory')) ?? [];
    expect(Number(used)).toBeLessThan(8_000_000);
  });
});
