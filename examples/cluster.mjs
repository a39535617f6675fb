// node:cluster: each worker has a service of its own, and Redis adds them up. No primary collects anything.
// node examples/cluster.mjs [redis://…]
import cluster from 'node:cluster';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { RedisMetricsService } from '@redmeter/redis-metrics';
import { checkTotal, redisUrl, removeRecords } from './total.mjs';

const [workers, jobs] = [4, 1000];

if (cluster.isPrimary) {
  const prefix = `example-${randomUUID()}`;
  const ends = Array.from({ length: workers }, () => once(cluster.fork({ PREFIX: prefix }), 'exit'));
  await Promise.all(ends);
  await checkTotal(`${prefix}:counter:jobs_done`, workers * jobs);
  await removeRecords(prefix);
} else {
  const metrics = new RedisMetricsService({ redis: redisUrl, prefix: process.env['PREFIX'] ?? '' });
  const done = metrics.counter({ name: 'jobs_done', help: 'Jobs that were done.' }).labels();
  for (let job = 0; job < jobs; job += 1) done.inc();
  // A worker that is told to end closes its service first: what waits is written.
  await metrics.close();
  cluster.worker?.disconnect();
}
