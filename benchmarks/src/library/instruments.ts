import { RedisMetricsService } from '@redmeter/redis-metrics';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Ten, as in the limits that are measured. */
export const BOUNDS = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000];

/** A service that flushes only on request. */
export function newService(redis: string): RedisMetricsService {
  return new RedisMetricsService({ redis, flushIntervalMs: 3_600_000, ttlSeconds: 36_000, maxSeries: 1_000_000 });
}

/** Instruments of prom-client in a registry of their own. */
export function newPromClient(labelNames: string[]): {
  counter: Counter;
  gauge: Gauge;
  histogram: Histogram;
  register: Registry;
} {
  const register = new Registry();
  const registers = [register];
  return {
    counter: new Counter({ name: 'requests_total', help: 'Requests.', labelNames, registers }),
    gauge: new Gauge({ name: 'queue_length', help: 'Jobs.', labelNames, registers }),
    histogram: new Histogram({ name: 'duration_ms', help: 'Durations.', labelNames, registers, buckets: BOUNDS }),
    register,
  };
}
