import { isOver, sendText, type RequestHandler } from '@redmeter/http-server';
import type { OwnMetrics } from '../scrape/own-metrics.js';
import type { Scraper } from '../scrape/scraper.js';
import { AnswerBudget } from './answer-budget.js';
import { negotiateEncoding, negotiateFormat } from './negotiation.js';

const MAX_ANSWERS = 100;
const MAX_UNREAD_BYTES = 256 * 1024 * 1024;
/** Minimum time for a response, whatever timeout a scraper sends. */
const MIN_TIMEOUT_MS = 100;
/** The share of the scraper's timeout reserved for the network: a tenth, between 50 and 500 ms. */
const NETWORK_SHARE = 0.1;

/**
 * Answers `/metrics`.
 * @param scrapeTimeoutMs timeout in milliseconds for a scraper that sends none
 */
export function metricsHandler(scraper: Scraper, metrics: OwnMetrics, scrapeTimeoutMs: number): RequestHandler {
  const budget = new AnswerBudget({
    maxAnswers: MAX_ANSWERS,
    maxBytes: MAX_UNREAD_BYTES,
    onCut: () => metrics.cutAnswers.inc(),
    now: () => performance.now(),
  });
  return async (request, response) => {
    const end = metrics.scrapeDuration.startTimer();
    const admitted = budget.admit(response);
    if (admitted === undefined) {
      metrics.refusedRequests.inc({ reason: 'busy' });
      response.setHeader('Retry-After', '1');
      sendText(response, 503, 'too many responses in progress');
      return;
    }
    const namedTimeout = request.headers['x-prometheus-scrape-timeout-seconds'];
    const answer = await scraper.scrape({
      asked: negotiateFormat(request.headers.accept),
      encoding: negotiateEncoding(request.headers['accept-encoding']),
      timeoutMs: timeoutMs(namedTimeout, scrapeTimeoutMs),
      origin: { socket: request.socket, isPrometheus: namedTimeout !== undefined },
    });
    if (isOver(response)) {
      answer.release();
      return;
    }
    const byteLength = answer.body.reduce((sum, { length }) => sum + length, 0);
    response.once('close', () => {
      answer.release();
      end();
      metrics.scrapeSize.observe(byteLength);
    });
    response.setHeader('Content-Type', answer.contentType);
    response.setHeader('Vary', 'Accept, Accept-Encoding');
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('Content-Length', byteLength);
    if (answer.encoding === 'gzip') response.setHeader('Content-Encoding', 'gzip');
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    admitted.send(answer.body);
    // All pieces in one system call, if the system accepts them.
    response.cork();
    for (const piece of answer.body) response.write(piece);
    response.end();
    response.uncork();
  };
}

/** The timeout of the scraper, less the time for the network; `fallbackMs` if it sends none. */
function timeoutMs(header: string | string[] | undefined, fallbackMs: number): number {
  const seconds = typeof header === 'string' && /^\d{1,6}(?:\.\d+)?$/.test(header) ? Number(header) : 0;
  const wantedMs = seconds > 0 ? seconds * 1000 : fallbackMs;
  return Math.max(MIN_TIMEOUT_MS, wantedMs - Math.min(500, Math.max(50, wantedMs * NETWORK_SHARE)));
}
