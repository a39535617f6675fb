import type { RequestHandler } from '@redmeter/http-server';
import type { Logger } from '../logger.js';
import type { OwnMetrics } from '../scrape/own-metrics.js';
import type { Scraper } from '../scrape/scraper.js';
import { EventStream } from './feed/event-stream.js';
import { LiveFeed } from './feed/live-feed.js';
import { pageFiles, setSecurityHeaders } from './page-files.js';
import { viewerRequest } from './feed/viewer-request.js';

const INTERVAL_MS = 2_000;
/** Maximum time for an update, even if scrapers may wait longer. */
const MAX_READ_MS = 10_000;
/** The share of connections that browsers may hold; the others are for scrapers. */
const SHARE_OF_CONNECTIONS = 0.25;
const MAX_VIEWERS = 32;

/** The page for a person: its files, and the events that keep it up to date. */
export interface Page {
  readonly handlers: ReadonlyMap<string, RequestHandler>;
  /** Ends all streams of events. */
  close(): void;
}

/**
 * Builds the page.
 * @param options `maxConnections` and `scrapeTimeoutMs` (milliseconds) of the server
 */
export function createPage(
  parts: { readonly scraper: Scraper; readonly metrics: OwnMetrics; readonly logger: Logger },
  options: { readonly maxConnections: number; readonly scrapeTimeoutMs: number },
): Page {
  const { scraper, metrics, logger } = parts;
  const timeoutMs = Math.min(options.scrapeTimeoutMs, MAX_READ_MS);
  const now = (): number => performance.now();
  const feed = new LiveFeed({
    read: async () => scraper.readForPage(timeoutMs),
    intervalMs: INTERVAL_MS,
    maxViewers: Math.min(MAX_VIEWERS, Math.floor(options.maxConnections * SHARE_OF_CONNECTIONS)),
    now,
    later: (callback, ms) => {
      const timer = setTimeout(callback, ms);
      return () => clearTimeout(timer);
    },
    onViewers: (count) => metrics.pageViewers.set(count),
    onError: (error) => logger.error(`the page failed: ${error instanceof Error ? error.message : String(error)}`),
  });
  const events: RequestHandler = (request, response) => {
    setSecurityHeaders(response);
    // A page of another origin could not read the events, but could cause reads of Redis.
    if (request.headers['sec-fetch-site'] === 'cross-site') {
      response.writeHead(403).end();
      return;
    }
    if (!feed.hasRoom) {
      response.writeHead(503, { 'Retry-After': '30' }).end('too many browsers have this page open\n');
      return;
    }
    if (request.method === 'HEAD') {
      response.setHeader('Content-Type', 'text/event-stream; charset=utf-8');
      response.end();
      return;
    }
    const stream = new EventStream(response, now);
    response.on('close', () => feed.remove(stream));
    feed.add(stream, viewerRequest(new URL(request.url ?? '/', 'http://localhost').searchParams));
  };
  return { handlers: pageFiles().set('/page/events', events), close: () => feed.close() };
}
