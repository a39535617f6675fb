import { DEFAULT_ESCAPING } from '@redmeter/metric-format';
import { shownAddress, type RequestHandler } from '@redmeter/http-server';
import type { ExporterOptions } from './exporter-options.js';
import { LiveWebConfiguration } from './http/live-web-configuration.js';
import { metricsHandler } from './http/metrics-handler.js';
import { refuseInText, type Route } from './http/request-router.js';
import { RoutedServer } from './http/routed-server.js';
import type { Logger } from './logger.js';
import { checkOtlp, startOtlp } from './otlp/start-otlp.js';
import { createPage } from './page/page.js';
import { checkPush, startPush } from './push/start-push.js';
import { UnionReader } from './reading/union-reader.js';
import { ConnectedTarget } from './redis/connected-target.js';
import { sumTraffic } from './redis/redis-traffic.js';
import { readAddresses } from './redis/redis-url.js';
import { OwnMetrics } from './scrape/own-metrics.js';
import { Scraper } from './scrape/scraper.js';
import { Scrapers } from './scrape/scrapers.js';

// Takes a millisecond, and goes through 100,000 keys in an hour and a half at an interval of 5 s.
const VERIFIED_KEYS = 100;

/** The result of a start. */
export type Started =
  | { readonly kind: 'checked' }
  | { readonly kind: 'printed'; readonly text: Buffer; readonly isUp: boolean }
  | {
      readonly kind: 'serving';
      readonly address: string;
      /** Where it receives OTLP, without the path; undefined when that is off. */
      readonly otlpAddress: string | undefined;
      /** Completes the current responses, for at most `graceMs` milliseconds, and closes the server and the connection to Redis. */
      readonly stop: (graceMs: number) => Promise<void>;
    };

/**
 * Checks the configuration, connects, and serves, or does less where the options ask for that.
 * @throws ExporterError for errors that waiting does not fix: configuration, passwords, a server that is not Redis, a port in use
 */
export async function startExporter(options: ExporterOptions, logger: Logger): Promise<Started> {
  const web = new LiveWebConfiguration(options.webConfigFile, logger);
  const addresses = readAddresses(options.redis, options.access);
  if (options.otlp !== undefined) checkOtlp(options, options.otlp);
  const pushSettings = options.push && checkPush(options, options.push);
  if (options.isConfigCheck) return { kind: 'checked' };

  const { prefix, scanLimitKeys, maxSeries, withCreated, scrapeTimeoutMs } = options;
  const targets = addresses.map((address) => new ConnectedTarget(address, scrapeTimeoutMs));
  const close = (): void => {
    for (const target of targets) target.close();
  };
  const onFailure: (() => Promise<unknown>)[] = [];
  try {
    const contacts = await Promise.all(targets.map(async (target) => target.firstContact()));
    const scrapers = new Scrapers();
    const reader = new UnionReader(targets, {
      prefix,
      scanLimitKeys,
      maxSeries,
      withCreated,
      verifiedKeys: VERIFIED_KEYS,
      holdMs: options.counterHoldMs,
      newCounts: scrapers,
    });
    const metrics = new OwnMetrics(() => sumTraffic(targets.map(({ traffic }) => traffic)));
    const scraper = new Scraper(reader, metrics, logger, withCreated, scrapers);
    if (options.isOnce) {
      const answer = await scraper.scrape({
        asked: { format: 'text', escaping: DEFAULT_ESCAPING },
        encoding: 'identity',
        timeoutMs: scrapeTimeoutMs,
      });
      close();
      return { kind: 'printed', text: Buffer.concat(answer.body), isUp: answer.isUp };
    }
    for (const [i, contact] of contacts.entries()) {
      if (contact.kind === 'ready') continue;
      logger.warn(`${addresses[i]?.shown ?? ''}: ${contact.why}; its series are missing until it answers`);
    }
    const { host, port } = options.listen;
    const { allowedHosts = [], maxConnections, answerTimeoutMs } = options;
    const page = options.withPage
      ? createPage({ scraper, metrics, logger }, { maxConnections, scrapeTimeoutMs })
      : undefined;
    const listen = options.otlp?.listen;
    const otlp = options.otlp && listen && (await startOtlp(options, { ...options.otlp, listen }, { metrics, logger }));
    onFailure.push(async () => otlp?.stop(0));
    const handlers = new Map(page?.handlers).set('/metrics', metricsHandler(scraper, metrics, scrapeTimeoutMs));
    const server = new RoutedServer(
      { host, port, allowedHosts, maxConnections, answerTimeoutMs, name: 'the server', flag: '--listen' },
      { routes: routesOf(handlers), refuse: refuseInText, web, metrics, logger },
    );
    const address = await server.listen();
    const push =
      options.push &&
      pushSettings &&
      startPush(pushSettings, options.push, { scraper, metrics, logger, scrapeTimeoutMs });
    const url = `${web.current.tls === undefined ? 'http' : 'https'}://${shownAddress(address)}`;
    logger.info(`serving ${url}/metrics from ${addresses.map(({ shown }) => shown).join(', ')}`);
    return {
      kind: 'serving',
      address: url,
      otlpAddress: otlp?.address,
      async stop(graceMs) {
        const startMs = performance.now();
        page?.close();
        await Promise.all([server.close(graceMs), otlp?.stop(graceMs)]);
        // After them, so that the last push has what OTLP wrote.
        await push?.stop(Math.max(graceMs / 2, graceMs - (performance.now() - startMs)));
        close();
        logger.info('stopped');
      },
    };
  } catch (error) {
    close();
    for (const stop of onFailure) await stop();
    throw error;
  }
}

function routesOf(handlers: ReadonlyMap<string, RequestHandler>): ReadonlyMap<string, Route> {
  const routeOf = (handler: RequestHandler): Route => ({
    method: 'GET',
    answer: ({ request, response }) => handler(request, response),
  });
  return new Map(Array.from(handlers, ([path, handler]) => [path, routeOf(handler)]));
}
