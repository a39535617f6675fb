import { waitFor } from '@redmeter/test-servers';
import { parseSeriesKey } from '@redmeter/metric-format';
import type { Redis } from 'ioredis';
import type { RedisMetricsService } from '../../src/index.js';
import { recordOf } from '../lua/merge-call.js';

/** Waits for `count` requests, and reads them from Redis: `GET /users/:id 200: 2`, sorted. */
export async function recordedRequests(
  metrics: RedisMetricsService,
  redis: Redis,
  count: number,
  name = 'http_request_duration_ms',
): Promise<string[]> {
  // A response is closed a moment after its client has read it.
  await waitFor(() => metrics.stats().histogram.recorded >= count, `${count} requests are recorded`);
  await metrics.flush();
  const keys = await redis.keys(`metrics:histogram:${name}:*`);
  const lines = keys.map(async (key) => {
    const parsed = parseSeriesKey(Buffer.from(key), 'metrics');
    const labels = parsed.kind === 'series' ? parsed.id.labels.map(([, value]) => value).join(' ') : key;
    const record = await recordOf(redis, 'histogram', key);
    return `${labels}: ${record.type === 'histogram' ? record.count : 'no histogram'}`;
  });
  return (await Promise.all(lines)).sort();
}
