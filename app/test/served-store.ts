import { pino } from 'pino';
import { failureSchedule } from '../src/failure-schedule.js';
import type { HandlerDelay } from '../src/handler-delay.js';
import { startHttpServer, type HttpServer } from '../src/http-server.js';
import { storeApp } from '../src/store-app.js';
import type { StoreMetrics } from '../src/store-metrics.js';

/** The store in this process, on a port of its own; without delays unless `delay` makes some. */
export async function serveStore(
  metrics: StoreMetrics,
  random: () => number = Math.random,
  delay: HandlerDelay = () => Promise.resolve(),
  played: { readonly version?: string; readonly errorRate?: number } = {},
): Promise<HttpServer> {
  const server = await startHttpServer({ host: '127.0.0.1', port: 0, drainTimeoutMs: 1000 });
  const { version, errorRate = 0 } = played;
  const isToFail = failureSchedule(errorRate);
  server.serve(storeApp({ metrics, random, delay, isToFail, version, logger: pino({ level: 'silent' }) }));
  return server;
}
