import { describe, expect, it } from '@jest/globals';
import { MAX_RECORD_BYTES } from '@redmeter/metric-format';
import { redisProcessorTimeMs } from '@redmeter/test-servers';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { HOSTILE_KEYS } from '../../../packages/metric-format/test/hostile-keys.js';
import { expectLinear, GROWTH, hostileValues } from '../../../packages/metric-format/test/hostile-values.js';
import { runScript } from './script.js';

const NOW_MS = 1763600100000;
const VALUES = hostileValues(NOW_MS).map((value) => [value.name, value] as const);
const server = useRedisServer({ flushBeforeEach: true });

async function readingTimeMs(): Promise<number> {
  return redisProcessorTimeMs(server.client, GROWTH.runs, async () => {
    for (const form of ['text', 'pairs']) await runScript(server.client, [form, `now_ms=${NOW_MS}`]);
  });
}

describe('the script reads hostile data in a time that grows with their length, not with the square of it', () => {
  it.each(VALUES)('a value, %s', async (_, { type, build }) => {
    await expectLinear(async (bytes) => {
      await server.client.set(`metrics:${type}:x`, build(bytes));
      return readingTimeMs();
    });
  });

  it.each(VALUES.filter(([, { type }]) => type === 'histogram'))('the record of a family, %s', async (_, { build }) => {
    await server.client.set('metrics:counter:x', '1');
    await server.client.set('metrics:gauge:x', '1');
    await expectLinear(async (bytes) => {
      await server.client.set('metrics-meta:family:x', build(bytes));
      return readingTimeMs();
    });
  });

  it.each(HOSTILE_KEYS.map((keys) => [keys.name, keys] as const))('%s', async (_, { build }) => {
    await expectLinear(async (bytes) => {
      await server.client.flushall();
      await server.client.mset(build(bytes).flatMap((key) => [key, '1']));
      return readingTimeMs();
    });
  });
});

describe('a value longer than a record may be', () => {
  it.each(['counter', 'gauge', 'histogram'])('is too long: a %s', async (type) => {
    await server.client.set(`metrics:${type}:x`, '{"value":5,"count":0,"sum":0}'.padStart(MAX_RECORD_BYTES + 1));
    expect(await runScript(server.client)).toContain('redmeter_skipped_keys{reason="value_too_long"} 1');
  });

  it('is not copied into the script', async () => {
    const value = Buffer.alloc(64_000_000, '1');
    for (const key of ['metrics:counter:x', 'metrics-meta:family:x', 'metrics-meta:{0}:dataset']) {
      await server.client.set(key, value);
    }
    await runScript(server.client, ['text', 'scan_limit=0']);
    await runScript(server.client);
    const [, used] = /used_memory_vm_eval:(\d+)/.exec(await server.client.info('memory')) ?? [];
    expect(Number(used)).toBeLessThan(8_000_000);
  });
});
