import { pino } from 'pino';
import type { HandlerDelay } from '../src/handler-delay.js';
import { startHttpServer, type HttpServer } from '../src/http-server.js';
import { storeApp } from '../src/store-app.js';
import type { StoreMetrics } from '../src/store-metrics.js';

/** The store in this process, on a port of its own; without delays unless `delay` makes some. */
export async function serveStore(
  metrics: StoreMetrics,
  random: () => number = Math.random,
  delay: HandlerDelay = () => Promise.resolve(),
): Promise<HttpServer> {
  const server = await startHttpServer({ host: '127.0.0.1', port: 0, drainTimeoutMs: 1000 });
  server.serve(storeApp({ metrics, random, delay, logger: pino({ level: 'silent' }) }));
  return server;
}
