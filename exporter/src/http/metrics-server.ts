import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { ExporterError } from '../exporter-error.js';
import type { Logger } from '../logger.js';
import type { OwnMetrics } from '../scrape/own-metrics.js';
import type { Scraper } from '../scrape/scraper.js';
import { BasicAuth } from './basic-auth.js';
import type { LiveWebConfiguration } from './live-web-configuration.js';
import { negotiateEncoding, negotiateFormat } from './negotiation.js';

/** Where and how the exporter listens. */
export interface ServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Milliseconds for a scrape that names no timeout of its own. */
  readonly scrapeTimeoutMs: number;
  /** Connections at one time; more are closed at once. */
  readonly maxConnections: number;
  /** Milliseconds to read an answer in: who takes longer is cut off, so that the answer does not stay in memory. */
  readonly answerTimeoutMs: number;
}

const MAX_HEADER_BYTES = 16_384;
const HEADERS_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 10_000;
/** Until a TLS connection is there no other limit holds. */
const HANDSHAKE_TIMEOUT_MS = 5_000;
/** Longer than the usual intervals between scrapes: the next one finds the connection open. */
const KEEP_ALIVE_MS = 75_000;
/** An answer takes that long whatever a scraper says. */
const LEAST_TIMEOUT_MS = 100;
/** Of the scraper's timeout, what is kept for the way: a tenth, between 50 and 500 ms. */
const SHARE_FOR_THE_WAY = 0.1;

/** Answers one path; what it does not write itself is an error. */
export type PageHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

/** The HTTP side: `/metrics`, `/healthz`, and what else is given. */
export class MetricsServer {
  readonly #server: Server;
  readonly #options: ServerOptions;
  readonly #scraper: Scraper;
  readonly #metrics: OwnMetrics;
  readonly #web: LiveWebConfiguration;
  readonly #logger: Logger;
  readonly #auth = new BasicAuth();
  readonly #pages: ReadonlyMap<string, PageHandler>;
  readonly #underWay = new Set<ServerResponse>();
  #answered: () => void = () => undefined;

  constructor(
    options: ServerOptions,
    parts: {
      readonly scraper: Scraper;
      readonly metrics: OwnMetrics;
      readonly web: LiveWebConfiguration;
      readonly logger: Logger;
      readonly pages?: ReadonlyMap<string, PageHandler>;
    },
  ) {
    this.#options = options;
    this.#scraper = parts.scraper;
    this.#metrics = parts.metrics;
    this.#web = parts.web;
    this.#logger = parts.logger;
    this.#pages = parts.pages ?? new Map();
    const limits = {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: 1000,
    };
    const listener: RequestListener = (request, response) => void this.#answer(request, response);
    const { tls } = this.#web.current;
    this.#server =
      tls === undefined
        ? createServer(limits, listener)
        : createTlsServer({ ...limits, ...tls, handshakeTimeout: HANDSHAKE_TIMEOUT_MS }, listener);
    this.#server.maxConnections = options.maxConnections;
    this.#web.watch((next) => {
      if (next.tls !== undefined && this.#server instanceof TlsServer) this.#server.setSecureContext(next.tls);
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
    // Not before: the server's own close() takes a connection for idle whose answer is written and not yet read.
    await new Promise<void>((resolve) => {
      const cut = setTimeout(resolve, graceMs);
      this.#answered = () => {
        if (this.#underWay.size > 0) return;
        clearTimeout(cut);
        resolve();
      };
      this.#answered();
    });
    const closed = new Promise<void>((resolve) => void this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#underWay.add(response);
    response.once('close', () => {
      this.#underWay.delete(response);
      this.#answered();
    });
    try {
      const web = this.#web.current;
      response.setHeader('X-Content-Type-Options', 'nosniff');
      for (const [name, value] of web.headers) response.setHeader(name, value);
      // There is no answer that needs a body; its bytes are not worth reading.
      const hasBody =
        request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
      if (hasBody) {
        response.setHeader('Connection', 'close');
        say(response, 413, 'expected a request without a body');
        return;
      }
      const [pathname = ''] = (request.url ?? '').split('?');
      const page =
        pathname === '/metrics' ? this.#metricsPage : pathname === '/healthz' ? healthz : this.#pages.get(pathname);
      if (page === undefined) {
        say(response, 404, 'there is nothing here; metrics are at /metrics');
        return;
      }
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        response.setHeader('Allow', 'GET, HEAD');
        say(response, 405, 'expected GET');
        return;
      }
      // Health tells nothing worth hiding, and who asks for it has seldom a password.
      if (
        page !== healthz &&
        web.users.size > 0 &&
        !(await this.#auth.isAllowed(request.headers.authorization, web.users))
      ) {
        response.setHeader('WWW-Authenticate', 'Basic realm="redmeter-exporter", charset="UTF-8"');
        say(response, 401, 'expected a user and password');
        return;
      }
      await page.call(this, request, response);
    } catch (error) {
      this.#logger.error(
        `a request failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
      if (response.headersSent) response.destroy();
      else say(response, 500, 'the exporter failed; its log says why');
    }
  }

  async #metricsPage(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const end = this.#metrics.scrapeDuration.startTimer();
    const answer = await this.#scraper.scrape({
      format: negotiateFormat(request.headers.accept),
      encoding: negotiateEncoding(request.headers['accept-encoding']),
      timeoutMs: scrapeTimeoutMs(request.headers['x-prometheus-scrape-timeout-seconds'], this.#options.scrapeTimeoutMs),
    });
    try {
      const byteLength = answer.body.reduce((sum, { length }) => sum + length, 0);
      response.setHeader('Content-Type', answer.contentType);
      response.setHeader('Vary', 'Accept, Accept-Encoding');
      response.setHeader('Cache-Control', 'no-store');
      response.setHeader('Content-Length', byteLength);
      if (answer.encoding === 'gzip') response.setHeader('Content-Encoding', 'gzip');
      if (request.method === 'HEAD') response.end();
      else if (!(await send(response, answer.body, this.#options.answerTimeoutMs))) this.#metrics.cutAnswers.inc();
      end();
      this.#metrics.scrapeSize.observe(byteLength);
    } finally {
      answer.release();
    }
  }
}

/** The time a scraper leaves for its answer, less what the way takes; `otherwise` when it does not say. */
function scrapeTimeoutMs(header: string | string[] | undefined, otherwise: number): number {
  const seconds = typeof header === 'string' && /^\d{1,6}(?:\.\d+)?$/.test(header) ? Number(header) : 0;
  const timeoutMs = seconds > 0 ? seconds * 1000 : otherwise;
  return Math.max(LEAST_TIMEOUT_MS, timeoutMs - Math.min(500, Math.max(50, timeoutMs * SHARE_FOR_THE_WAY)));
}

/** @returns whether the client took all of it in time */
async function send(response: ServerResponse, body: readonly Buffer[], timeoutMs: number): Promise<boolean> {
  // Who asked went away meanwhile: nothing would ever tell again that the answer is done.
  if (response.destroyed) return true;
  let isInTime = true;
  const cut = setTimeout(() => {
    isInTime = false;
    response.destroy();
  }, timeoutMs);
  await new Promise<void>((resolve) => {
    response.once('close', () => resolve());
    // All pieces in one system call, where the system takes them.
    response.cork();
    for (const piece of body) response.write(piece);
    response.end();
    response.uncork();
  });
  clearTimeout(cut);
  return isInTime;
}

function healthz(_request: IncomingMessage, response: ServerResponse): void {
  say(response, 200, 'ok');
}

function say(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.end(`${text}\n`);
}
