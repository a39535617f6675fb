import { performance } from 'node:perf_hooks';
import type { RequestHandler } from 'express';
import type { StoreMetrics } from './store-metrics.js';

/** Records the request under `endpoint` once its answer is out, or its client is gone. */
export function timeRequests(endpoint: string, metrics: StoreMetrics): RequestHandler {
  return (request, response, next) => {
    const startedMs = performance.now();
    // Not `finish`: it does not come when the client leaves first.
    response.once('close', () => {
      const durationMs = performance.now() - startedMs;
      metrics.observeRequest({ endpoint, method: request.method, status: response.statusCode, durationMs });
    });
    next();
  };
}
