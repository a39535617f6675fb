import type { IncomingMessage, ServerResponse } from 'node:http';
import { requestMeter, type HttpMetricsOptions, type HttpMetricsTarget } from './http-request-metrics.js';

/** The part of a `node:http` or `node:https` server that is used here. */
export interface HttpServer {
  prependListener(event: 'request', listener: (request: IncomingMessage, response: ServerResponse) => void): unknown;
}

/**
 * Measures each request of a `node:http` server from now on. Without `options.route` all routes are `unmatched`, since such a server has no
 * routes.
 */
export function timeHttpServer(server: HttpServer, metrics: HttpMetricsTarget, options: HttpMetricsOptions = {}): void {
  server.prependListener(
    'request',
    requestMeter(metrics, options, () => undefined),
  );
}
