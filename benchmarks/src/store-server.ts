import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RedisMetricsService } from '@redmeter/redis-metrics';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { failureSchedule } from '../../app/dist/failure-schedule.js';
import { handlerDelay } from '../../app/dist/handler-delay.js';
import { storeApp, type StoreAppContext } from '../../app/dist/store-app.js';
import { storeMetrics, type StoreMetrics } from '../../app/dist/store-metrics.js';

// A process of its own: the demo store without delays, that records nothing, with the library (`library <url>`), or with
// prom-client and a scrape every five seconds. Tells its port, and the CPU it has used whenever it is asked.
const SCRAPE_INTERVAL_MS = 5000;

function noMetrics(): StoreMetrics {
  return { countEvent: () => undefined, showUsers: () => undefined, observeRequest: () => undefined };
}

function promClientMetrics(): StoreMetrics {
  const register = new Registry();
  const registers = [register];
  const help = 'As in the store.';
  const events = new Counter({ name: 'user_events', help, labelNames: ['event'], registers });
  const errors = new Counter({ name: 'api_errors', help, labelNames: ['endpoint'], registers });
  const durations = new Histogram({
    ...{ name: 'api_request_duration_ms', help, labelNames: ['endpoint', 'method'], registers },
    // The library's default buckets.
    buckets: [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000],
  });
  const users = (['waiting', 'active', 'served', 'total'] as const).map((state) => ({
    state,
    gauge: new Gauge({ name: `users_${state}`, help, labelNames: ['service'], registers }),
  }));
  setInterval(() => void register.metrics(), SCRAPE_INTERVAL_MS);
  return {
    countEvent: (event) => events.inc({ event }),
    showUsers: (now) => users.forEach(({ state, gauge }) => gauge.set({ service: 'store' }, now[state])),
    observeRequest({ endpoint, method, status, durationMs }) {
      durations.observe({ endpoint, method }, durationMs);
      if (status >= 500) errors.inc({ endpoint });
    },
  };
}

function newMetrics(): StoreMetrics {
  const [, , kind, url = ''] = process.argv;
  if (kind === 'library') return storeMetrics(new RedisMetricsService({ redis: url }));
  return kind === 'prom-client' ? promClientMetrics() : noMetrics();
}

const silent = (): void => undefined;
const context = {
  metrics: newMetrics(),
  delay: handlerDelay(0),
  isToFail: failureSchedule(0),
  random: Math.random,
  // Requests of this benchmark do not fail, so nothing is logged.
  logger: { error: silent, warn: silent, info: silent, debug: silent } as unknown as StoreAppContext['logger'],
};
const server = createServer(storeApp(context));
process.on('message', () => process.send?.(process.cpuUsage()));
process.on('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
