// One of PM2's workers. PM2 stops and reloads it with SIGINT: then what waits is written.
import { RedisMetricsService } from '@redmeter/redis-metrics';

const metrics = new RedisMetricsService({
  redis: process.env['REDIS_URL'] ?? 'redis://localhost:6379',
  prefix: process.env['PREFIX'] ?? 'metrics',
});
const done = metrics.counter({ name: 'jobs_done', help: 'Jobs that were done.' }).labels();

process.once('SIGINT', () => {
  void metrics.close().then(() => process.exit(0));
});

for (let job = 0; job < 1000; job += 1) done.inc();
// A server would listen from here on.
setInterval(() => undefined, 60_000);
process.send?.('ready');
