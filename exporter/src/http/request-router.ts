import {
  isOver,
  keepBriefly,
  readRequestTarget,
  sendText,
  type AllowedHosts,
  type Exchange,
  type RequestHandler,
  type RequestTarget,
} from '@redmeter/http-server';
import type { IncomingMessage } from 'node:http';
import type { Logger } from '../logger.js';
import type { OwnMetrics } from '../scrape/own-metrics.js';
import type { BasicAuth } from './login/basic-auth.js';
import { checkLogin, type Refusal } from './login/check-login.js';
import type { LiveWebConfiguration } from './live-web-configuration.js';

/** What a router needs. */
export interface RouterParts {
  readonly handlers: ReadonlyMap<string, RequestHandler>;
  readonly hosts: AllowedHosts;
  readonly auth: BasicAuth;
  readonly web: LiveWebConfiguration;
  readonly metrics: OwnMetrics;
  readonly logger: Logger;
}

const HEALTH_PATH = '/healthz';
/** Maximum characters of a rejected host that the response repeats. */
const MAX_SHOWN_HOST = 100;

/** Checks requests and passes them to the handler of their path. */
export class RequestRouter {
  readonly #parts: RouterParts;

  constructor(parts: RouterParts) {
    this.#parts = parts;
  }

  /** Answers a request. It never rejects. */
  async answer(exchange: Exchange): Promise<void> {
    const { request, response } = exchange;
    try {
      response.setHeader('X-Content-Type-Options', 'nosniff');
      for (const [name, value] of this.#parts.web.current.headers) response.setHeader(name, value);
      const target = readRequestTarget(request);
      // The health check reveals nothing, and its clients rarely have a password.
      const needsLogin = target?.pathname !== HEALTH_PATH;
      const refusal =
        this.#check(request, target) ?? (needsLogin ? await checkLogin(exchange, this.#parts) : undefined);
      // The request may have been rejected, or its client disconnected, while the login was verified.
      if (isOver(response)) return;
      if (refusal !== undefined) refuse(exchange, refusal);
      else if (target?.pathname === HEALTH_PATH) {
        keepBriefly(exchange);
        sendText(response, 200, 'ok');
      } else await this.#parts.handlers.get(target?.pathname ?? '')?.(request, response);
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#parts.logger.error(`a request failed: ${text}`);
      if (response.headersSent) response.destroy();
      else refuse(exchange, { status: 500, text: 'internal error; see the log of the exporter' });
    }
  }

  #check(request: IncomingMessage, target: RequestTarget | undefined): Refusal | undefined {
    const { handlers, hosts, metrics } = this.#parts;
    if (target === undefined) return { status: 400, text: 'expected one Host header, got several' };
    const refused = target.hosts.find((host) => !hosts.allows(host));
    if (refused !== undefined) {
      metrics.refusedRequests.inc({ reason: 'host' });
      const expected = 'expected an IP address, localhost, or a name that --web.allowed-hosts has';
      return { status: 421, text: `${expected}, got the host ${JSON.stringify(refused.slice(0, MAX_SHOWN_HOST))}` };
    }
    // No route needs a request body, so the body is not read.
    const hasBody =
      request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
    if (hasBody) return { status: 413, text: 'expected a request without a body', headers: { Connection: 'close' } };
    if (target.pathname !== HEALTH_PATH && !handlers.has(target.pathname)) {
      return { status: 404, text: 'not found; metrics are at /metrics' };
    }
    if (request.method === 'GET' || request.method === 'HEAD') return undefined;
    return { status: 405, text: 'expected GET', headers: { Allow: 'GET, HEAD' } };
  }
}

function refuse(exchange: Exchange, { status, text, headers = {} }: Refusal): void {
  keepBriefly(exchange);
  for (const [name, value] of Object.entries(headers)) exchange.response.setHeader(name, value);
  sendText(exchange.response, status, text);
}
