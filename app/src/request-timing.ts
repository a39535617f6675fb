import { performance } from 'node:perf_hooks';
import type { RequestHandler } from 'express';
import type { StoreMetrics } from './store-metrics.js';

/** Records the request under `endpoint` when its response is sent or its client has disconnected. */
export function timeRequests(endpoint: string, metrics: StoreMetrics): RequestHandler {
  return (request, response, next) => {
    const startedMs = performance.now();
    // Not `finish`, which is not emitted when the client disconnects first.
    response.once('close', () => {
      const durationMs = performance.now() - startedMs;
      metrics.observeRequest({ endpoint, method: request.method, status: response.statusCode, durationMs });
    });
    next();
  };
}
