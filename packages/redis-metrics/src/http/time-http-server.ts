import type { IncomingMessage, ServerResponse } from 'node:http';
import { requestMeter, type HttpMetricsOptions, type HttpMetricsTarget } from './http-request-metrics.js';

/** What the timer needs of a `node:http` or `node:https` server. */
export interface HttpServer {
  prependListener(event: 'request', listener: (request: IncomingMessage, response: ServerResponse) => void): unknown;
}

/**
 * Measures each request of a `node:http` server from now on. Such a server knows no routes: without `options.route`, which
 * names them, all are `unmatched`.
 */
export function timeHttpServer(server: HttpServer, metrics: HttpMetricsTarget, options: HttpMetricsOptions = {}): void {
  server.prependListener(
    'request',
    requestMeter(metrics, options, () => undefined),
  );
}
