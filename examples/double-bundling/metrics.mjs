// A framework such as Next.js bundles each entry by itself, so that this module is there once for each of them in one process.
// Two services would be exact, too, since each writes as a writer of its own; one on globalThis saves a connection and the series.
import { RedisMetricsService } from '@redmeter/redis-metrics';

/** @type {typeof globalThis & { exampleMetrics?: RedisMetricsService }} */
const shared = globalThis;

export const metrics = (shared.exampleMetrics ??= new RedisMetricsService({
  redis: process.env['REDIS_URL'] ?? 'redis://localhost:6379',
  prefix: process.env['PREFIX'] ?? 'metrics',
}));
