import { pino } from 'pino';
import { startHttpServer, type HttpServer } from '../src/http-server.js';
import { storeApp } from '../src/store-app.js';
import type { StoreMetrics } from '../src/store-metrics.js';

/** The store in this process, on a port of its own, without delays. */
export async function serveStore(metrics: StoreMetrics, random: () => number = Math.random): Promise<HttpServer> {
  const server = await startHttpServer({ host: '127.0.0.1', port: 0, drainTimeoutMs: 1000 });
  server.serve(storeApp({ metrics, random, delay: () => Promise.resolve(), logger: pino({ level: 'silent' }) }));
  return server;
}
