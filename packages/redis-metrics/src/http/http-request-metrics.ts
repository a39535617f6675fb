import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CounterDefinition, HistogramDefinition } from '../recording/series/instruments.js';
import type { RedisMetricsService } from '../service/redis-metrics-service.js';

/** The route of requests that no route answered: a path of their own would make a series of each. */
const UNMATCHED = 'unmatched';
/** The route of requests beyond the most routes. */
const OTHER = 'other';
/** The status of responses whose connection was gone before their end. */
const ABORTED = 'aborted';

// Routes are patterns, and a program has few; more mean that something in them comes from the requests.
const MOST_ROUTES = 500;

/** How requests are measured. */
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
   * Names the route of a request when its response ends: a pattern with few values, never the path itself. Undefined, an empty
   * text or an error make it `unmatched`; past 500 different routes it is `other`.
   */
  readonly route?: (request: IncomingMessage, response: ServerResponse) => string | undefined;
}

/** Where the metrics of requests are recorded. */
export type HttpMetricsTarget = Pick<RedisMetricsService, 'counter' | 'histogram'>;

type RequestLabel = 'method' | 'route' | 'status';

/**
 * Makes what measures one request, until its response is closed.
 * @param routeOf names the route of a request for which the options have no `route`
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
      if (routes.size >= MOST_ROUTES) return OTHER;
      routes.add(name);
    }
    return name;
  };

  return (request, response) => {
    const startedAtMs = performance.now();
    // Read now, since middleware may override it; the HTTP parser lets only known methods through.
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
