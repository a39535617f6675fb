import { AllowedHosts, LimitedServer, type RequestHandler } from '@redmeter/http-server';
import type { AddressInfo } from 'node:net';
import { ExporterError } from '../exporter-error.js';
import type { Logger } from '../logger.js';
import type { OwnMetrics } from '../scrape/own-metrics.js';
import type { Scraper } from '../scrape/scraper.js';
import type { LiveWebConfiguration } from './live-web-configuration.js';
import { BasicAuth } from './login/basic-auth.js';
import { metricsHandler } from './metrics-handler.js';
import { RequestRouter } from './request-router.js';

/** Where and how the exporter listens. */
export interface ServerOptions {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** Host names that requests may use, besides IP addresses, localhost and `host`; see AllowedHosts. */
  readonly allowedHosts: readonly string[];
  /** Timeout in milliseconds for a scraper that sends none. */
  readonly scrapeTimeoutMs: number;
  /** Maximum number of connections; above it, the connection that is idle longest is closed. */
  readonly maxConnections: number;
  /** Milliseconds in which a client must read a response, which stays in memory until then. */
  readonly answerTimeoutMs: number;
}

/** The HTTP server: `/metrics`, `/healthz` and other routes. */
export class MetricsServer {
  readonly #server: LimitedServer;
  readonly #options: ServerOptions;
  readonly #web: LiveWebConfiguration;

  constructor(
    options: ServerOptions,
    parts: {
      readonly scraper: Scraper;
      readonly metrics: OwnMetrics;
      readonly web: LiveWebConfiguration;
      readonly logger: Logger;
      /** By path. */
      readonly handlers?: ReadonlyMap<string, RequestHandler>;
    },
  ) {
    const { scraper, metrics, web, logger } = parts;
    this.#options = options;
    this.#web = web;
    const auth = new BasicAuth();
    const router = new RequestRouter({
      handlers: new Map(parts.handlers).set('/metrics', metricsHandler(scraper, metrics, options.scrapeTimeoutMs)),
      hosts: new AllowedHosts([options.host, ...options.allowedHosts]),
      auth,
      web,
      metrics,
      logger,
    });
    const { host, port, maxConnections, answerTimeoutMs } = options;
    this.#server = new LimitedServer(
      { host, port, maxConnections, answerTimeoutMs, tls: web.current.tls },
      {
        answer: async (exchange) => router.answer(exchange),
        onClosed: (reason) => metrics.closedConnections.inc({ reason }),
        onCut: () => metrics.cutAnswers.inc(),
        onRefused: () => metrics.refusedRequests.inc({ reason: 'pipelined' }),
        onError: (error) => logger.error(`the server failed: ${error.message}`),
      },
    );
    web.watch((next) => {
      if (next.tls !== undefined) this.#server.setTls(next.tls);
      auth.forget();
    });
  }

  /**
   * Starts to listen.
   * @returns the address it listens on
   * @throws ExporterError `cannot_listen`
   */
  async listen(): Promise<AddressInfo> {
    const { host, port } = this.#options;
    try {
      return await this.#server.listen();
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException;
      const why = code === 'EADDRINUSE' ? 'the port is in use; choose another with --listen' : message;
      throw new ExporterError('cannot_listen', `cannot listen on ${host}:${port}: ${why}`, { cause });
    }
  }

  /** Waits for the current responses, for at most `graceMs` milliseconds, and closes all connections. */
  async close(graceMs: number): Promise<void> {
    this.#web.close();
    await this.#server.close(graceMs);
  }
}
