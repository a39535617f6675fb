// Worker threads: each has a service, since memory is not shared; a thread that ends closes it.
// node examples/worker-threads.mjs [redis://…]
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { RedisMetricsService } from '@redmeter/redis-metrics';
import { checkTotal, redisUrl, removeRecords } from './total.mjs';

const [threads, jobs] = [4, 1000];

if (isMainThread) {
  const prefix = `example-${randomUUID()}`;
  const file = fileURLToPath(import.meta.url);
  const options = { workerData: prefix, argv: [redisUrl] };
  await Promise.all(Array.from({ length: threads }, () => once(new Worker(file, options), 'exit')));
  await checkTotal(`${prefix}:counter:jobs_done`, threads * jobs);
  await removeRecords(prefix);
} else {
  const metrics = new RedisMetricsService({ redis: redisUrl, prefix: String(workerData) });
  const done = metrics.counter({ name: 'jobs_done', help: 'Jobs that were done.' }).labels();
  for (let job = 0; job < jobs; job += 1) done.inc();
  await metrics.close();
}
