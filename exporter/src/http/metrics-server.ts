import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer, Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { ExporterError } from '../exporter-error.js';
import type { Logger } from '../logger.js';
import type { OwnMetrics } from '../scrape/own-metrics.js';
import type { Scraper } from '../scrape/scraper.js';
import { AllowedHosts } from './allowed-hosts.js';
import { Connections } from './connection/connections.js';
import type { LiveWebConfiguration } from './live-web-configuration.js';
import { BasicAuth } from './login/basic-auth.js';
import { metricsHandler } from './metrics-handler.js';
import type { RequestHandler } from './request-handler.js';
import { RequestRouter } from './request-router.js';

/** Where and how the exporter listens. */
export interface ServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Host names by which it may be asked, beside IP addresses, localhost, and `host`; see AllowedHosts. */
  readonly allowedHosts: readonly string[];
  /** Milliseconds for a scrape that names no timeout of its own. */
  readonly scrapeTimeoutMs: number;
  /** Connections at one time; above, the one that is idle longest is closed. */
  readonly maxConnections: number;
  /** Milliseconds in which a client must read an answer, so that the answer does not stay in memory. */
  readonly answerTimeoutMs: number;
}

const MAX_HEADER_BYTES = 16_384;
const HEADERS_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 10_000;
/** Until a TLS connection is there no other limit holds. */
const HANDSHAKE_TIMEOUT_MS = 5_000;
/** Longer than the usual intervals between scrapes: the next one finds the connection open. */
const KEEP_ALIVE_MS = 75_000;

/** The HTTP side: `/metrics`, `/healthz`, and what else is given. */
export class MetricsServer {
  readonly #server: Server;
  readonly #options: ServerOptions;
  readonly #web: LiveWebConfiguration;
  readonly #logger: Logger;
  readonly #connections: Connections;

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
    this.#logger = logger;
    const auth = new BasicAuth();
    const router = new RequestRouter({
      handlers: new Map(parts.handlers).set('/metrics', metricsHandler(scraper, metrics, options.scrapeTimeoutMs)),
      hosts: new AllowedHosts([options.host, ...options.allowedHosts]),
      auth,
      web,
      metrics,
      logger,
    });
    this.#connections = new Connections({
      maxConnections: options.maxConnections,
      answerTimeoutMs: options.answerTimeoutMs,
      answer: async (exchange) => router.answer(exchange),
      onClosed: (reason) => metrics.closedConnections.inc({ reason }),
      onCut: () => metrics.cutAnswers.inc(),
      onRefused: () => metrics.refusedRequests.inc({ reason: 'pipelined' }),
      now: () => performance.now(),
    });
    this.#server = this.#createServer();
    web.watch((next) => {
      if (next.tls !== undefined && this.#server instanceof TlsServer) this.#server.setSecureContext(next.tls);
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
    return new Promise((resolve, reject) => {
      let fail = (error: NodeJS.ErrnoException): void => {
        const why = error.code === 'EADDRINUSE' ? 'the port is in use; choose another with --listen' : error.message;
        reject(new ExporterError('cannot_listen', `cannot listen on ${host}:${port}: ${why}`, { cause: error }));
      };
      this.#server.on('error', (error) => fail(error));
      this.#server.listen(port, host, () => {
        // Such as a connection for which there is no file descriptor left: the others are served on.
        fail = (error) => this.#logger.error(`the server failed: ${error.message}`);
        const address = this.#server.address();
        if (address === null || typeof address === 'string') reject(new ExporterError('cannot_listen', 'no port'));
        else resolve(address);
      });
    });
  }

  /** Waits for the answers under way, at most `graceMs` milliseconds, and ends all connections. */
  async close(graceMs: number): Promise<void> {
    this.#web.close();
    // Before the server is closed, which would close connections whose answer is written and not yet read.
    await this.#connections.drain(graceMs);
    const closed = new Promise<void>((resolve) => void this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  #createServer(): Server {
    const limits = {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: 1000,
    };
    const { tls } = this.#web.current;
    const connections = this.#connections;
    const listener: RequestListener = (request, response) => connections.add(request, response);
    const server =
      tls === undefined
        ? createServer(limits, listener)
        : createTlsServer({ ...limits, ...tls, handshakeTimeout: HANDSHAKE_TIMEOUT_MS }, listener);
    server.on('connection', (socket: Socket) => connections.accept(socket));
    server.on('secureConnection', (socket: Socket) => connections.secure(socket));
    // Without `100 Continue`: no body is wanted.
    server.on('checkContinue', listener);
    server.on('clientError', (error: Error, socket: Socket) => connections.fail(error, socket));
    // A client that sends no more, as `nc -N` does, gets its answer all the same.
    return Object.assign(server, { httpAllowHalfOpen: true });
  }
}
