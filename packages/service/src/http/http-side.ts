import { AllowedHosts, LimitedServer, type ListenAddress } from '@redmeter/http-server';
import type { Abn } from '../abn.js';
import type { Certificate } from '../access/certificate.js';
import type { Tokens } from '../access/tokens.js';
import { dashboardRoutes } from '../dashboards/dashboard-routes.js';
import { jsonRoutes } from '../json/json-routes.js';
import type { Logger } from '../logger.js';
import type { ServiceMetrics } from '../metrics/service-metrics.js';
import { ofrepRoutes } from '../ofrep/ofrep-routes.js';
import type { ServiceStore } from '../store/service-store.js';
import { Verdicts } from '../verdicts/verdict.js';
import { verdictRoutes } from '../verdicts/verdict-routes.js';
import { openApiDocument } from './openapi.js';
import { operationsRoutes } from './operations-routes.js';
import type { Route } from './route.js';
import { Router } from './router.js';

/** How the HTTP side listens. */
export type HttpSideOptions = ListenAddress & {
  readonly maxConnections: number;
  /** Host names that requests may use without a token, besides IP addresses, localhost and `host`; see AllowedHosts. */
  readonly allowedHosts: readonly string[];
  /** Undefined for plain HTTP. */
  readonly certificate: Certificate | undefined;
  /** Of the package. */
  readonly version: string;
};

/** What the HTTP side answers from. */
export type HttpSideParts = {
  readonly abn: Abn;
  readonly store: ServiceStore;
  readonly tokens: Tokens;
  readonly metrics: ServiceMetrics;
  readonly logger: Logger;
};

const ANSWER_TIMEOUT_MS = 30_000;

/** The HTTP side: JSON, OFREP, dashboards, health and metrics. */
export function httpSide(
  options: HttpSideOptions,
  { abn, store, tokens, metrics, logger }: HttpSideParts,
): LimitedServer {
  const { host, port, maxConnections, allowedHosts, certificate, version } = options;
  const routes: Route[] = [
    ...jsonRoutes(abn),
    ...ofrepRoutes(abn),
    ...dashboardRoutes(abn, store),
    ...verdictRoutes(new Verdicts(store.metrics)),
  ];
  const document = (): unknown => openApiDocument(routes, { version, needsToken: !tokens.isOpen });
  routes.push(...operationsRoutes(metrics, () => store.versions.ageMs, document));
  const router = new Router({ routes, tokens, metrics, logger, hosts: new AllowedHosts([host, ...allowedHosts]) });
  const server = new LimitedServer(
    { host, port, maxConnections, answerTimeoutMs: ANSWER_TIMEOUT_MS, tls: certificate?.pair },
    {
      answer: (exchange) => router.answer(exchange),
      onClosed: (reason) => metrics.closedConnections.inc({ reason }),
      onCut: () => metrics.closedConnections.inc({ reason: 'cut' }),
      onRefused: () => metrics.refusedRequests.inc({ reason: 'pipelined' }),
      onError: (error) => logger.error(`HTTP: the server failed: ${error.message}`),
    },
  );
  certificate?.onRenewed((pair) => server.setTls(pair));
  return server;
}
