// A framework such as Next.js bundles each entry by itself, so that this module, and the library, are there once for each of them in
// one process. Each then writes as a writer of its own, and all of it is counted once. To save a connection and a writer's own
// series, keep one service on globalThis: export const metrics = (globalThis.metrics ??= new RedisMetricsService(…)).
import { RedisMetricsService } from '@redmeter/redis-metrics';

export const metrics = new RedisMetricsService({
  redis: process.env['REDIS_URL'] ?? 'redis://localhost:6379',
  prefix: process.env['PREFIX'] ?? 'metrics',
});
