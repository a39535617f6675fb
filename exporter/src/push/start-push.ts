import type { ExporterOptions } from '../exporter-options.js';
import type { Logger } from '../logger.js';
import { readAddresses } from '../redis/redis-url.js';
import type { OwnMetrics } from '../scrape/own-metrics.js';
import type { Scraper } from '../scrape/scraper.js';
import { PushMetrics } from './push-metrics.js';
import type { PushOptions } from './push-options.js';
import { readPushSettings, type PushSettings } from './push-settings.js';
import { Pusher } from './pusher.js';
import { WriteEndpoint } from './send/write-endpoint.js';

/** A running push. */
export interface RunningPush {
  /** Pushes what the series are now, for at most `graceMs` milliseconds, and ends. */
  stop(graceMs: number): Promise<void>;
}

/**
 * Checks how and where series would be pushed.
 * @throws ExporterError `invalid_configuration`
 */
export function checkPush({ redis, access }: ExporterOptions, push: PushOptions): PushSettings | undefined {
  if (push.url === undefined) return undefined;
  const instance = readAddresses(redis, access).map(({ name }) => name);
  return readPushSettings(push, instance.join(','));
}

/** Begins to push all series, interval by interval. */
export function startPush(
  { endpoint: settings, targetLabels, shown }: PushSettings,
  { intervalMs, maxSamples }: PushOptions,
  {
    scraper,
    metrics,
    logger,
    scrapeTimeoutMs,
  }: {
    readonly scraper: Scraper;
    readonly metrics: OwnMetrics;
    readonly logger: Logger;
    readonly scrapeTimeoutMs: number;
  },
): RunningPush {
  const endpoint = new WriteEndpoint(settings);
  // Counts begin at 0 for it as for a Prometheus that scrapes.
  const origin = { socket: { remoteAddress: shown, destroyed: false }, isPrometheus: true };
  const pusher = new Pusher(
    { intervalMs, maxSamples, targetLabels, shown },
    {
      read: async () => scraper.readMessages(Math.min(scrapeTimeoutMs, intervalMs), origin),
      sender: endpoint,
      metrics: new PushMetrics(metrics.registry),
      logger,
    },
  );
  pusher.start();
  logger.info(`pushing to ${shown} every ${intervalMs / 1000} seconds`);
  return {
    async stop(graceMs) {
      await pusher.stop(graceMs);
      endpoint.close();
    },
  };
}
