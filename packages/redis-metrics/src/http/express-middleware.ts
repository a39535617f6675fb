import type { IncomingMessage, ServerResponse } from 'node:http';
import { followRoute } from './express-route.js';
import { requestMeter, type HttpMetricsOptions, type HttpMetricsTarget } from './http-request-metrics.js';

/** A middleware for Express 4 and 5. */
export type ExpressMiddleware = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

/**
 * Measures each request under the pattern of its route (`/users/:id`). Use it before all other middleware. A request without a matching
 * route has the route `unmatched`.
 */
export function expressMiddleware(metrics: HttpMetricsTarget, options: HttpMetricsOptions = {}): ExpressMiddleware {
  const patterns = new WeakMap<IncomingMessage, () => string | undefined>();
  const measure = requestMeter(metrics, options, (request) => patterns.get(request)?.());
  return (request, response, next) => {
    if (options.route === undefined) patterns.set(request, followRoute(request));
    measure(request, response);
    next();
  };
}
