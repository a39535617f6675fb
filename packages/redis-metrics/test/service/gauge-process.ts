import { RedisMetricsService } from '../../src/index.js';

// Sets one gauge of its own, once, and goes on: url, flush interval, what it is called.
const [url = '', flushIntervalMs = '0', writerId = ''] = process.argv.slice(2);
const metrics = new RedisMetricsService({ redis: url, flushIntervalMs: Number(flushIntervalMs), writerId });
metrics
  .gauge({ name: 'heap', labelNames: ['space'], mode: 'process' })
  .labels({ space: 'old' })
  .set(1);
process.once('disconnect', () => process.exit());
