import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import type { Redis } from 'ioredis';
import { once } from 'node:events';
import { newReader, textOf, type TestReader } from '../../reading/application-text.js';
import { writeIndexed } from '../../reading/redis-state.js';

const server = useRedisServer({ flushBeforeEach: true });
let client: Redis;
let reader: TestReader;
let nowMs: number;
beforeAll(async () => {
  client = await server.connect();
});
beforeEach(() => {
  nowMs = Date.now();
  reader = newReader(client, { now: () => nowMs, holdMs: 60_000 });
});

const counter = (value: number, created = 1000): string => JSON.stringify({ type: 'counter', value, created });
const histogram = (...counts: number[]): string =>
  JSON.stringify({ count: counts.reduce((a, b) => a + b), sum: 1, bounds: [5], counts, created: 1000 });

async function reconnect(): Promise<void> {
  const ended = once(client, 'end');
  client.disconnect();
  await ended;
  await client.connect();
}

describe.each([
  ['on the same connection', (): Promise<void> => Promise.resolve()],
  ['on a new connection', reconnect],
])('a count that is lower than before, %s', (_name, failOver) => {
  const show = async (value: string, key = 'metrics:counter:jobs_total'): Promise<string> => {
    await writeIndexed(server.client, { [key]: value });
    return textOf(await reader.read());
  };

  it('stays as it was until its writers caught up', async () => {
    await show(counter(9));
    await failOver();
    expect(await show(counter(7))).toContain('\njobs_total 9\n');
    expect((await reader.read()).held).toBe(1);
    expect(await show(counter(8))).toContain('\njobs_total 9\n');
    expect(await show(counter(10))).toContain('\njobs_total 10\n');
    expect((await reader.read()).held).toBe(0);
  });

  it('is shown as it is when the time is up', async () => {
    await show(counter(9));
    await failOver();
    await show(counter(7));
    nowMs += 59_999;
    expect(textOf(await reader.read())).toContain('\njobs_total 9\n');
    nowMs += 1;
    const result = await reader.read();
    expect(textOf(result)).toContain('\njobs_total 7\n');
    expect(result.held).toBe(0);
  });

  it('is a restart if it began at another time, or has no start time', async () => {
    await show(counter(9));
    await failOver();
    expect(await show(counter(1, 2000))).toContain('\njobs_total 1\n');
    await show('5');
    await failOver();
    expect(await show('4')).toContain('\njobs_total 4\n');
  });

  it('of a histogram stays, too, with all its buckets', async () => {
    const key = 'metrics:histogram:wait_ms';
    const before = await show(histogram(3, 2), key);
    await failOver();
    expect(await show(histogram(3, 1), key)).toBe(before);
    expect(await show(histogram(3, 3), key)).toContain('wait_ms_count 6\n');
  });
});
