import {
  BodyCut,
  endAnswer,
  isOver,
  keepBriefly,
  readRequestTarget,
  type AllowedHosts,
  type Exchange,
} from '@redmeter/http-server';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Tokens } from '../access/tokens.js';
import { failureKind } from '../failure.js';
import type { Logger } from '../logger.js';
import type { Outcome, ServiceMetrics } from '../metrics/service-metrics.js';
import { ServiceError } from '../service-error.js';
import { FAILURE_STATUS, failureAnswer, problemAnswer } from './failure-answer.js';
import { parseBody, readBody } from './request-body.js';
import type { Route, RouteAnswer } from './route.js';

/** What a router needs. */
export type RouterParts = {
  readonly routes: readonly Route[];
  readonly tokens: Tokens;
  /** Host names that requests may use if no token is needed. */
  readonly hosts: AllowedHosts;
  readonly metrics: ServiceMetrics;
  readonly logger: Logger;
};

type CompiledRoute = {
  readonly route: Route;
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly count: (outcome: Outcome, seconds: number) => void;
};

type MatchedPath = { readonly compiled: CompiledRoute; readonly params: Readonly<Record<string, string>> };

const MAX_SHOWN_HOST = 100;
const NO_BODY = new Uint8Array();

/** Checks requests and hands them to the route of their path and method. */
export class Router {
  readonly #parts: RouterParts;
  readonly #routes: readonly CompiledRoute[];

  constructor(parts: RouterParts) {
    this.#parts = parts;
    this.#routes = parts.routes.map((route) => ({
      route,
      pattern: new RegExp(`^${route.path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '([^/]+)')}$`),
      names: [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name),
      count: parts.metrics.operation(`${route.method} ${route.path}`),
    }));
  }

  /** Answers a request; never rejects. */
  async answer(exchange: Exchange): Promise<void> {
    const { request, response } = exchange;
    try {
      const answer = await this.#answerOf(request, response);
      if (!isOver(response)) await send(exchange, answer);
    } catch (error) {
      // There is nobody to answer after a BodyCut; otherwise the answer could not be written.
      if (!(error instanceof BodyCut)) this.#parts.logger.error(`a request failed: ${stackOf(error)}`);
      response.destroy();
    }
  }

  async #answerOf(request: IncomingMessage, response: ServerResponse): Promise<RouteAnswer> {
    const { hosts, tokens, metrics } = this.#parts;
    const target = readRequestTarget(request);
    if (target === undefined) return problemAnswer(400, 'invalid', 'expected one Host header, got several');
    const refusedHost = tokens.isOpen ? target.hosts.find((host) => !hosts.allows(host)) : undefined;
    if (refusedHost !== undefined) {
      metrics.refusedRequests.inc({ reason: 'host' });
      const expected = 'expected an IP address, localhost, or a name that --allowed-hosts has';
      return problemAnswer(
        421,
        'unknown-host',
        `${expected}, got ${JSON.stringify(refusedHost.slice(0, MAX_SHOWN_HOST))}`,
      );
    }
    const matched = this.#match(target.pathname);
    const [first] = matched;
    if (first === undefined) return problemAnswer(404, 'not-found', 'not found; /openapi.json lists all paths');
    const isOpen = matched.every(({ compiled }) => compiled.route.isOpen === true);
    if (!isOpen && !tokens.accept(request.headers.authorization)) {
      metrics.refusedRequests.inc({ reason: 'token' });
      const message = 'expected a token in the header Authorization: Bearer <token>';
      return problemAnswer(401, 'unauthorized', message, { 'WWW-Authenticate': 'Bearer realm="redmeter"' });
    }
    const methods = matched.map(({ compiled }) => compiled.route.method);
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const found = matched.find(({ compiled }) => compiled.route.method === method);
    if (found === undefined) {
      const allowed = methods.flatMap((each) => (each === 'GET' ? ['GET', 'HEAD'] : [each])).join(', ');
      return problemAnswer(405, 'wrong-method', `expected ${allowed}`, { Allow: allowed });
    }
    return this.#run(found, request, response);
  }

  async #run(
    { compiled, params }: MatchedPath,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<RouteAnswer> {
    const { route, count } = compiled;
    const startMs = performance.now();
    let kind: Outcome = 'ok';
    try {
      let body: unknown;
      if (route.body !== undefined) {
        const reading = await readBody(request, response);
        if (reading.kind === 'refused') {
          kind = 'refused';
          return reading.answer;
        }
        body = parseBody(reading.bytes);
      }
      const ifNoneMatch = request.headers['if-none-match'];
      return await route.answer({ params, query: readQuery(route, request.url ?? ''), body, ifNoneMatch });
    } catch (error) {
      if (error instanceof BodyCut) {
        kind = 'refused';
        throw error;
      }
      const failure = failureKind(error);
      kind = FAILURE_STATUS[failure] < 500 ? 'refused' : 'failed';
      if (failure === 'internal') this.#parts.logger.error(`${route.method} ${route.path} failed: ${stackOf(error)}`);
      return (route.refuse ?? failureAnswer)(error, { params });
    } finally {
      count(kind, (performance.now() - startMs) / 1000);
    }
  }

  #match(pathname: string): MatchedPath[] {
    return this.#routes.flatMap((compiled) => {
      const found = compiled.pattern.exec(pathname);
      if (found === null) return [];
      const values = found.slice(1).map(decoded);
      if (values.includes(undefined)) return [];
      return [
        { compiled, params: Object.fromEntries(compiled.names.map((name, index) => [name, values[index] ?? ''])) },
      ];
    });
  }
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    // No UTF-8: no path of ours.
    return undefined;
  }
}

function readQuery({ query = {} }: Route, url: string): Record<string, string> {
  const given = new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?') + 1) : '');
  return Object.fromEntries(
    Object.keys(query).map((name) => {
      const [value = '', ...others] = given.getAll(name);
      if (value !== '' && others.length === 0) return [name, value];
      throw new ServiceError(
        'invalid_request',
        `expected the query parameter ${name} once, got it ${value === '' ? 'empty or not at all' : 'several times'}`,
      );
    }),
  );
}

async function send(exchange: Exchange, { status, json, text, headers = {} }: RouteAnswer): Promise<void> {
  const { request, response } = exchange;
  const body = Buffer.from((json === undefined ? text?.body : `${JSON.stringify(json)}\n`) ?? '');
  const contentType = json === undefined ? text?.contentType : 'application/json';
  if (status >= 400) keepBriefly(exchange);
  response.statusCode = status;
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Cache-Control', 'no-store');
  if (contentType !== undefined) response.setHeader('Content-Type', contentType);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (body.length > 0) response.setHeader('Content-Length', body.length);
  await endAnswer(request, response, request.method === 'HEAD' ? NO_BODY : body);
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
