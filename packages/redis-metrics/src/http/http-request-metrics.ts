import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CounterDefinition, HistogramDefinition } from '../recording/series/instruments.js';
import type { RedisMetricsService } from '../service/redis-metrics-service.js';

/** The route of requests without a matching route: their paths would each make a series. */
const UNMATCHED = 'unmatched';
/** The route of requests beyond MAX_ROUTES different routes. */
const OTHER = 'other';
/** The status of responses whose connection closed before their end. */
const ABORTED = 'aborted';

// Routes are patterns, and a program has few. More than this means that they contain data of requests.
const MAX_ROUTES = 500;

/** Options for measuring requests. */
export interface HttpMetricsOptions {
  /**
   * Name of the histogram of durations, with the labels `method`, `route` and `status`; in seconds when it ends with `_seconds`,
   * else in milliseconds. Default `http_request_duration_ms`.
   */
  readonly durationName?: string;
  /** Bounds of that histogram, in its unit. Default: the service's `defaultBuckets`. */
  readonly buckets?: readonly number[];
  /** Name of a counter of requests with the same labels; default none, since the histogram counts them too. */
  readonly counterName?: string;
  /**
   * Returns the route of a request when its response ends: a pattern with few values, never the path itself. It is `unmatched` for
   * undefined, an empty string or an error, and `other` beyond 500 different routes.
   */
  readonly route?: (request: IncomingMessage, response: ServerResponse) => string | undefined;
}

/** The service that metrics of requests are recorded with. */
export type HttpMetricsTarget = Pick<RedisMetricsService, 'counter' | 'histogram'>;

type RequestLabel = 'method' | 'route' | 'status';

/**
 * Returns a function that measures one request until its response is closed.
 * @param routeOf returns the route of a request when the options have no `route`
 */
export function requestMeter(
  metrics: HttpMetricsTarget,
  options: HttpMetricsOptions,
  routeOf: NonNullable<HttpMetricsOptions['route']>,
): (request: IncomingMessage, response: ServerResponse) => void {
  const { durationName = 'http_request_duration_ms', buckets, counterName, route = routeOf } = options;
  const durations = metrics.histogram(durationDefinition(durationName, buckets));
  const requests = counterName === undefined ? undefined : metrics.counter(counterDefinition(counterName));
  const unitMs = durationName.endsWith('_seconds') ? 1000 : 1;
  const routes = new Set<string>();

  const nameRoute = (request: IncomingMessage, response: ServerResponse): string => {
    let name: string | undefined;
    try {
      name = route(request, response);
    } catch {
      // Recording never throws into the application; the request is counted under `unmatched`.
    }
    if (typeof name !== 'string' || name === '') return UNMATCHED;
    if (!routes.has(name)) {
      if (routes.size >= MAX_ROUTES) return OTHER;
      routes.add(name);
    }
    return name;
  };

  return (request, response) => {
    const startedAtMs = performance.now();
    // Read now, since middleware may override it. The HTTP parser accepts only known methods, so there are few values.
    const method = request.method ?? '';
    response.once('close', () => {
      const labels = {
        method,
        route: nameRoute(request, response),
        status: response.writableFinished ? String(response.statusCode) : ABORTED,
      };
      durations.labels(labels).observe((performance.now() - startedAtMs) / unitMs);
      requests?.labels(labels).inc();
    });
  };
}

function durationDefinition(name: string, buckets: readonly number[] | undefined): HistogramDefinition<RequestLabel> {
  return {
    name,
    help: 'How long requests took, from their headers to the end of the response.',
    labelNames: ['method', 'route', 'status'],
    ...(name.endsWith('_seconds') ? { unit: 'seconds' } : name.endsWith('_ms') ? { unit: 'ms' } : {}),
    ...(buckets === undefined ? {} : { buckets }),
  };
}

function counterDefinition(name: string): CounterDefinition<RequestLabel> {
  return { name, help: 'Requests whose response has ended.', labelNames: ['method', 'route', 'status'] };
}
