import {
  AllowedHosts,
  isOver,
  LimitedServer,
  readRequestTarget,
  sendText,
  type Exchange,
  type ListenAddress,
} from '@redmeter/http-server';
import type { AddressInfo } from 'node:net';
import { ExporterError } from '../../exporter-error.js';
import type { LiveWebConfiguration } from '../../http/live-web-configuration.js';
import { BasicAuth } from '../../http/login/basic-auth.js';
import { checkLogin } from '../../http/login/check-login.js';
import type { Logger } from '../../logger.js';
import type { OwnMetrics } from '../../scrape/own-metrics.js';
import type { OtlpEncoding } from '../decode/decode-body.js';
import type { OtlpMetrics, RequestOutcome } from '../otlp-metrics.js';
import type { Receiver } from '../receiver.js';
import { BodyBudget } from './body-budget.js';
import { encodingOf, sendAccepted, sendFailure } from './otlp-answer.js';
import { readBody } from './read-body.js';
import { RequestFailure } from './request-failure.js';

/** Where and how the receiver listens. */
export interface OtlpServerOptions extends ListenAddress {
  readonly allowedHosts: readonly string[];
  readonly maxConnections: number;
  readonly answerTimeoutMs: number;
  /** Most bytes of a body, as sent and decompressed. */
  readonly maxBodyBytes: number;
}

/** Parts of the server. */
export interface OtlpServerParts {
  readonly receiver: Receiver;
  readonly web: LiveWebConfiguration;
  readonly metrics: OwnMetrics;
  readonly otlpMetrics: OtlpMetrics;
  readonly logger: Logger;
}

const METRICS_PATH = '/v1/metrics';
const HEALTH_PATH = '/healthz';
/** Bodies of the largest size that are in memory at one time. */
const MAX_BODIES = 8;

/** The HTTP server of the receiver: `POST /v1/metrics`. */
export class OtlpServer {
  readonly #server: LimitedServer;
  readonly #options: OtlpServerOptions;
  readonly #parts: OtlpServerParts;
  readonly #auth = new BasicAuth();
  readonly #hosts: AllowedHosts;
  readonly #budget: BodyBudget;

  constructor(options: OtlpServerOptions, parts: OtlpServerParts) {
    this.#options = options;
    this.#parts = parts;
    this.#hosts = new AllowedHosts([options.host, ...options.allowedHosts]);
    this.#budget = new BodyBudget(options.maxBodyBytes * MAX_BODIES);
    const { metrics, web, logger } = parts;
    const { host, port, maxConnections, answerTimeoutMs } = options;
    this.#server = new LimitedServer(
      { host, port, maxConnections, answerTimeoutMs, tls: web.current.tls },
      {
        answer: async (exchange) => this.#answer(exchange),
        onClosed: (reason) => metrics.closedConnections.inc({ reason }),
        onCut: () => metrics.cutAnswers.inc(),
        onRefused: () => metrics.refusedRequests.inc({ reason: 'pipelined' }),
        onError: (error) => logger.error(`the OTLP server failed: ${error.message}`),
      },
    );
    web.watch((next) => {
      if (next.tls !== undefined) this.#server.setTls(next.tls);
      this.#auth.forget();
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
      const why = code === 'EADDRINUSE' ? 'the port is in use; choose another with --otlp.listen' : message;
      throw new ExporterError('cannot_listen', `cannot listen on ${host}:${port}: ${why}`, { cause });
    }
  }

  /** Waits for the requests under way, for at most `graceMs` milliseconds, and closes all connections. */
  async close(graceMs: number): Promise<void> {
    this.#parts.web.close();
    await this.#server.close(graceMs);
  }

  async #answer(exchange: Exchange): Promise<void> {
    const { request, response } = exchange;
    const { otlpMetrics, logger, web } = this.#parts;
    const encoding = encodingOf(request.headers['content-type']);
    try {
      response.setHeader('X-Content-Type-Options', 'nosniff');
      for (const [name, value] of web.current.headers) response.setHeader(name, value);
      const target = readRequestTarget(request);
      if (target?.pathname === HEALTH_PATH) sendText(response, 200, 'ok');
      else await this.#receive(exchange, encoding);
    } catch (error) {
      const failure = error instanceof RequestFailure ? error : undefined;
      otlpMetrics.requests.inc({ outcome: outcomeOf(failure) });
      // The client went away.
      if (isOver(response) || (request.destroyed && !request.complete)) return;
      if (failure === undefined) {
        logger.error(
          `an OTLP request failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        );
      }
      for (const [name, value] of Object.entries(failure?.headers ?? {})) response.setHeader(name, value);
      const message = failure?.message ?? 'internal error; see the log of the exporter';
      sendFailure(response, encoding ?? 'json', failure?.status ?? 500, message);
    }
  }

  async #receive(exchange: Exchange, encoding: OtlpEncoding | undefined): Promise<void> {
    const { request, response } = exchange;
    const { receiver, otlpMetrics } = this.#parts;
    const end = otlpMetrics.duration.startTimer();
    await this.#check(exchange);
    // The client may have gone while its login was verified.
    if (isOver(response)) return;
    if (encoding === undefined) {
      const got = JSON.stringify((request.headers['content-type'] ?? '').slice(0, 60));
      throw new RequestFailure(415, `expected Content-Type application/x-protobuf or application/json, got ${got}`);
    }
    const body = await readBody(request, response, this.#options.maxBodyBytes, this.#budget);
    try {
      const received = await receiver.receive(body.bytes, encoding);
      const isPartial = received.errorMessage !== '';
      otlpMetrics.requests.inc({ outcome: isPartial ? 'partial' : 'accepted' });
      end();
      if (!isOver(response)) sendAccepted(response, encoding, isPartial ? received : undefined);
    } finally {
      body.release();
    }
  }

  async #check(exchange: Exchange): Promise<void> {
    const { request } = exchange;
    const { metrics } = this.#parts;
    const target = readRequestTarget(request);
    if (target === undefined) throw new RequestFailure(400, 'expected one Host header, got several');
    const host = target.hosts.find((one) => !this.#hosts.allows(one));
    if (host !== undefined) {
      metrics.refusedRequests.inc({ reason: 'host' });
      const expected = 'expected an IP address, localhost, or a name that --web.allowed-hosts has';
      throw new RequestFailure(421, `${expected}, got the host ${JSON.stringify(host.slice(0, 100))}`);
    }
    if (target.pathname !== METRICS_PATH) {
      throw new RequestFailure(404, `expected ${METRICS_PATH}, got ${JSON.stringify(target.pathname.slice(0, 100))}`);
    }
    if (request.method !== 'POST') {
      throw new RequestFailure(405, `expected POST, got ${request.method ?? ''}`, { Allow: 'POST' });
    }
    const refusal = await checkLogin(exchange, { auth: this.#auth, ...this.#parts });
    if (refusal !== undefined) throw new RequestFailure(refusal.status, refusal.text, refusal.headers);
  }
}

function outcomeOf(failure: RequestFailure | undefined): RequestOutcome {
  if (failure === undefined) return 'failed';
  if (failure.status === 503 || failure.status === 429) return 'unavailable';
  return failure.status === 400 ? 'malformed' : 'refused';
}
