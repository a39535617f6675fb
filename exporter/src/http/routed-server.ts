import { AllowedHosts, LimitedServer, type ListenAddress } from '@redmeter/http-server';
import type { AddressInfo } from 'node:net';
import { ExporterError } from '../exporter-error.js';
import type { Logger } from '../logger.js';
import type { OwnMetrics } from '../scrape/own-metrics.js';
import type { LiveWebConfiguration } from './live-web-configuration.js';
import { BasicAuth } from './login/basic-auth.js';
import { RequestRouter, type Refuse, type Route } from './request-router.js';

/** Where and how a server listens. */
export interface ServerOptions extends ListenAddress {
  /** Host names that requests may use, besides IP addresses, localhost and `host`; see AllowedHosts. */
  readonly allowedHosts: readonly string[];
  /** Maximum number of connections; above it, the connection that is idle longest is closed. */
  readonly maxConnections: number;
  /** Milliseconds in which a client must read a response, which stays in memory until then. */
  readonly answerTimeoutMs: number;
  /** In messages. */
  readonly name: string;
  /** The flag that sets where it listens. */
  readonly flag: string;
}

/** Parts of a server. */
export interface ServerParts {
  /** By path. */
  readonly routes: ReadonlyMap<string, Route>;
  /** Answers requests that are refused. */
  readonly refuse: Refuse;
  readonly web: LiveWebConfiguration;
  readonly metrics: OwnMetrics;
  readonly logger: Logger;
}

/** An HTTP server of the exporter: some routes and `/healthz`, with the TLS, users and host names of all of them. */
export class RoutedServer {
  readonly #server: LimitedServer;
  readonly #options: ServerOptions;
  readonly #web: LiveWebConfiguration;

  constructor(options: ServerOptions, parts: ServerParts) {
    const { host, port, allowedHosts, maxConnections, answerTimeoutMs, name } = options;
    const { web, metrics, logger } = parts;
    this.#options = options;
    this.#web = web;
    const auth = new BasicAuth();
    const router = new RequestRouter({ ...parts, hosts: new AllowedHosts([host, ...allowedHosts]), auth });
    this.#server = new LimitedServer(
      { host, port, maxConnections, answerTimeoutMs, tls: web.current.tls },
      {
        answer: async (exchange) => router.answer(exchange),
        onClosed: (reason) => metrics.closedConnections.inc({ reason }),
        onCut: () => metrics.cutAnswers.inc(),
        onRefused: () => metrics.refusedRequests.inc({ reason: 'pipelined' }),
        onError: (error) => logger.error(`${name} failed: ${error.message}`),
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
    const { host, port, flag } = this.#options;
    try {
      return await this.#server.listen();
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException;
      const why = code === 'EADDRINUSE' ? `the port is in use; choose another with ${flag}` : message;
      throw new ExporterError('cannot_listen', `cannot listen on ${host}:${port}: ${why}`, { cause });
    }
  }

  /** Waits for the current responses, for at most `graceMs` milliseconds, and closes all connections. */
  async close(graceMs: number): Promise<void> {
    this.#web.close();
    await this.#server.close(graceMs);
  }
}
