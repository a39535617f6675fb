import type { RedisMetricsService } from '@redmeter/redis-metrics';
import { endpointNames, methodLabel } from './endpoints.js';
import { nobody, userEvents, type UserEvent, type Users } from './users.js';

/** The metrics of the store. */
export interface StoreMetrics {
  /** Counts an event in `user_events`. */
  countEvent(event: UserEvent): void;
  /** Sets the numbers of users in `users_waiting`, `users_active`, `users_served` and `users_total`. */
  showUsers(users: Users): void;
  /** Adds a request to `api_request_duration_ms`, and to `api_errors` when the store failed (a 5xx status). */
  observeRequest(request: { endpoint: string; method: string; status: number; durationMs: number }): void;
}

/**
 * Declares the store's metrics. Every counter that is known beforehand starts at zero, so that its series is there
 * before its first event: `rate()` and `increase()` do not see the first value of a series as a rise.
 */
export function storeMetrics(metrics: RedisMetricsService): StoreMetrics {
  const events = metrics.counter({ name: 'user_events', help: 'What users did.', labelNames: ['event'] });
  const errors = metrics.counter({
    name: 'api_errors',
    help: 'API requests the store failed to serve (5xx responses).',
    labelNames: ['endpoint'],
  });
  const durations = metrics.histogram({
    name: 'api_request_duration_ms',
    help: 'Time from the start of an API request to the end of its response, in milliseconds.',
    unit: 'ms',
    labelNames: ['endpoint', 'method'],
  });
  const users = (['waiting', 'active', 'served', 'total'] as const).map((state) => ({
    state,
    gauge: metrics
      .gauge({ name: `users_${state}`, help: usersHelp[state], labelNames: ['service'] })
      .labels({ service: 'store' }),
  }));

  userEvents.forEach((event) => events.labels({ event }).inc(0));
  endpointNames.forEach((endpoint) => errors.labels({ endpoint }).inc(0));

  const recorded: StoreMetrics = {
    countEvent: (event) => events.labels({ event }).inc(),
    showUsers: (now) => users.forEach(({ state, gauge }) => gauge.set(now[state])),
    observeRequest({ endpoint, method, status, durationMs }) {
      durations.labels({ endpoint, method: methodLabel(method) }).observe(durationMs);
      if (status >= 500) errors.labels({ endpoint }).inc();
    },
  };
  recorded.showUsers(nobody);
  return recorded;
}

const usersHelp = {
  waiting: 'Users who have joined and are not yet looking around.',
  active: 'Users who are looking around.',
  served: 'Users served since the store started.',
  total: 'Users who have joined since the store started.',
} as const;
