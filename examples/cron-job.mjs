// A cron job: a process that lives for a moment. Its counter goes on where the run before it ended.
// node examples/cron-job.mjs [redis://…]
import { randomUUID } from 'node:crypto';
import { RedisMetricsService } from '@redmeter/redis-metrics';
import { checkTotal, redisUrl, removeRecords } from './total.mjs';

const prefix = `example-${randomUUID()}`;

/** @param {number} rows */
async function runJob(rows) {
  // Longer than the time between two runs, or the counter would begin again each time.
  const metrics = new RedisMetricsService({ redis: redisUrl, prefix, ttlSeconds: 2 * 86_400 });
  metrics.incrementCounter('rows_imported', rows);
  metrics.setGauge('last_run_timestamp_seconds', Date.now() / 1000);
  await metrics.close();
}

for (const rows of [100, 20, 3]) await runJob(rows);
await checkTotal(`${prefix}:counter:rows_imported`, 123);
await removeRecords(prefix);
