import { expect, it } from '@jest/globals';
import { RedisMetricsService } from '@redmeter/redis-metrics';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { doctor } from './doctor-run.js';

const server = useRedisServer();
const LAST_FLUSH = 'metrics:gauge:redmeter_writer_last_flush_timestamp_seconds:writer=w';

it('reports metrics at their limit, recordings that were dropped, and writers that stopped', async () => {
  const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const metrics = new RedisMetricsService({ redis: server.url, writerId: 'w', maxSeriesPerFamily: 2, logger });
  for (let i = 0; i < 5; i += 1) metrics.incrementCounter('orders', 1, { id: String(i) });
  metrics.incrementCounter('refunds', -1);
  await metrics.flush();
  // The metrics of the library about a flush are written by the next.
  metrics.incrementCounter('orders', 1, { id: '0' });
  await metrics.flush();
  metrics.incrementCounter('orders', 1, { id: '0' });
  await metrics.close();

  const { code, findings } = await doctor(server.url);
  expect(code).toBe(1);
  expect(findings.get('series_limit')?.examples).toEqual(['orders: 3 recordings dropped']);
  expect(findings.get('recordings_dropped')?.examples).toEqual(['invalid_value: 1 recording']);
  expect(findings.has('writer_stopped')).toBe(false);

  const record = JSON.parse((await server.client.get(LAST_FLUSH)) ?? '') as { value: number };
  await server.client.set(LAST_FLUSH, JSON.stringify({ ...record, value: record.value - 600 }), 'KEEPTTL');
  expect((await doctor(server.url)).findings.get('writer_stopped')?.examples).toEqual(['w: 10 min ago']);
});
