import {
  endAnswer,
  hasBody,
  isOver,
  keepBriefly,
  readRequestTarget,
  sendText,
  type AllowedHosts,
  type Exchange,
} from '@redmeter/http-server';
import type { IncomingMessage } from 'node:http';
import type { Logger } from '../logger.js';
import type { OwnMetrics } from '../scrape/own-metrics.js';
import type { BasicAuth } from './login/basic-auth.js';
import { checkLogin, type Refusal } from './login/check-login.js';
import type { LiveWebConfiguration } from './live-web-configuration.js';

/** What answers the requests of one path. */
export interface Route {
  /** GET takes HEAD too, and no body. */
  readonly method: 'GET' | 'POST';
  /** Answers one request. An error that it throws, or rejects with, becomes a 500. */
  readonly answer: (exchange: Exchange) => Promise<void> | void;
}

/** Answers a request that is refused, or whose route failed. */
export type Refuse = (exchange: Exchange, refusal: Refusal) => Promise<void> | void;

/** What a router needs. */
export interface RouterParts {
  /** By path. */
  readonly routes: ReadonlyMap<string, Route>;
  readonly refuse: Refuse;
  readonly hosts: AllowedHosts;
  readonly auth: BasicAuth;
  readonly web: LiveWebConfiguration;
  readonly metrics: OwnMetrics;
  readonly logger: Logger;
}

const HEALTH_PATH = '/healthz';
/** Maximum characters of a rejected host that the response repeats. */
const MAX_SHOWN_HOST = 100;

const HEALTH: Route = {
  method: 'GET',
  answer: (exchange) => {
    keepBriefly(exchange);
    sendText(exchange.response, 200, 'ok');
  },
};

/** Checks requests and passes them to the route of their path. */
export class RequestRouter {
  readonly #parts: RouterParts;
  readonly #routes: ReadonlyMap<string, Route>;
  readonly #notFound: string;

  constructor(parts: RouterParts) {
    this.#parts = parts;
    this.#routes = new Map(parts.routes).set(HEALTH_PATH, HEALTH);
    const paths = [...parts.routes.keys()].filter((path) => path.endsWith('/metrics'));
    this.#notFound = `not found; expected ${paths.join(', ')}`;
  }

  /** Answers a request. It never rejects. */
  async answer(exchange: Exchange): Promise<void> {
    const { request, response } = exchange;
    const { refuse, web, logger } = this.#parts;
    try {
      response.setHeader('X-Content-Type-Options', 'nosniff');
      for (const [name, value] of web.current.headers) response.setHeader(name, value);
      const found = this.#find(request);
      // The health check reveals nothing, and its clients rarely have a password.
      const refusal =
        'status' in found ? found : found === HEALTH ? undefined : await checkLogin(exchange, this.#parts);
      // The request may have been rejected, or its client disconnected, while the login was verified.
      if (isOver(response)) return;
      if (refusal !== undefined) await refuse(exchange, refusal);
      else if ('answer' in found) await found.answer(exchange);
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      logger.error(`a request failed: ${text}`);
      if (response.headersSent) response.destroy();
      else await refuse(exchange, { status: 500, text: 'internal error; see the log of the exporter' });
    }
  }

  /** The route of a request, or why it has none. */
  #find(request: IncomingMessage): Route | Refusal {
    const { hosts, metrics } = this.#parts;
    const target = readRequestTarget(request);
    if (target === undefined) return { status: 400, text: 'expected one Host header, got several' };
    const refused = target.hosts.find((host) => !hosts.allows(host));
    if (refused !== undefined) {
      metrics.refusedRequests.inc({ reason: 'host' });
      const expected = 'expected an IP address, localhost, or a name that --web.allowed-hosts has';
      return { status: 421, text: `${expected}, got the host ${JSON.stringify(refused.slice(0, MAX_SHOWN_HOST))}` };
    }
    const route = this.#routes.get(target.pathname);
    if (route === undefined) return { status: 404, text: this.#notFound };
    if (route.method === 'GET' && hasBody(request)) {
      return { status: 413, text: 'expected a request without a body', headers: { Connection: 'close' } };
    }
    if (route.method === (request.method === 'HEAD' ? 'GET' : request.method)) return route;
    const allow = route.method === 'GET' ? 'GET, HEAD' : route.method;
    return { status: 405, text: `expected ${route.method}`, headers: { Allow: allow } };
  }
}

/** Refuses a request in plain text. */
export async function refuseInText(exchange: Exchange, { status, text, headers = {} }: Refusal): Promise<void> {
  const { request, response } = exchange;
  keepBriefly(exchange);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.statusCode = status;
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  await endAnswer(request, response, Buffer.from(`${text}\n`));
}
