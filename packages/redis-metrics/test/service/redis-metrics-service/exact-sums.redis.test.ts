import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { DEFAULT_BUCKETS } from '@redmeter/metric-format';
import type { MetricsStats } from '../../../src/index.js';
import { recordOf, valueOf } from '../../lua/merge-call.js';

const ROUNDS = 5000;
const PROCESSES = 3;
const server = useRedisServer();

async function writer(): Promise<MetricsStats> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...['--conditions=redmeter-source', '--import', 'tsx', join(__dirname, '../writer-process.ts')],
    ...[server.url, String(ROUNDS)],
  ]);
  return JSON.parse(stdout) as MetricsStats;
}

it('several processes that write the same series give the exact sums', async () => {
  const stats = await Promise.all(Array.from({ length: PROCESSES }, writer));
  const redis = await server.connect();
  const total = PROCESSES * ROUNDS;
  expect(await valueOf(redis, 'counter', 'metrics:counter:user_events:event=joined')).toBe(total);
  expect(await valueOf(redis, 'counter', 'metrics:counter:user_events:event=left')).toBe(2 * total);
  expect(await recordOf(redis, 'histogram', 'metrics:histogram:took_ms:endpoint=join')).toMatchObject({
    count: total,
    sum: (total / 100) * ((99 * 100) / 2),
    shape: { bounds: DEFAULT_BUCKETS },
  });
  for (const { counter, histogram } of stats) {
    expect(counter).toEqual({ recorded: 2 * ROUNDS, flushed: 2 * ROUNDS, pending: 0, dropped: {} });
    expect(histogram).toEqual({ recorded: ROUNDS, flushed: ROUNDS, pending: 0, dropped: {} });
  }
});
