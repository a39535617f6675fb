import { collectDefaultMetrics, Counter, Gauge, register } from 'prom-client';
import { bridgePromClient, RedisMetricsService } from '../../src/index.js';

// Carries a registry with default metrics, a gauge and a counter that is incremented once: url, flush interval, name, gauge's value.
const [url = '', flushIntervalMs = '0', writerId = '', level = '0'] = process.argv.slice(2);
register.setDefaultLabels({ zone: 'north', worker: writerId });
collectDefaultMetrics();
new Gauge({ name: 'level', help: 'How high.' }).set(Number(level));
new Counter({ name: 'joined_total', help: 'Who joined.' }).inc();
bridgePromClient(
  register,
  new RedisMetricsService({ redis: url, flushIntervalMs: Number(flushIntervalMs), writerId, ownMetrics: false }),
);
process.once('disconnect', () => process.exit());
