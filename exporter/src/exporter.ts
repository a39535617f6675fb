import type { CliOptions } from './cli/options.js';
import { LiveWebConfiguration } from './http/live-web-configuration.js';
import { MetricsServer } from './http/metrics-server.js';
import type { Logger } from './logger.js';
import { IncrementalReader } from './reading/incremental-reader.js';
import { IoredisConnection } from './redis/ioredis-connection.js';
import { firstContact, newClient } from './redis/redis-client.js';
import { clientOptions, redacted } from './redis/redis-url.js';
import { OwnMetrics } from './scrape/own-metrics.js';
import { Scraper } from './scrape/scraper.js';

// Takes a few milliseconds, and goes through 100,000 keys in half an hour at an interval of 5 s.
const VERIFIED_KEYS = 250;

/** What became of a start. */
export type Started =
  | { readonly kind: 'checked' }
  | { readonly kind: 'printed'; readonly text: Buffer; readonly isUp: boolean }
  | {
      readonly kind: 'serving';
      readonly address: string;
      /** Ends the server and the connection to Redis, answers under way first, at most `graceMs` milliseconds. */
      readonly stop: (graceMs: number) => Promise<void>;
    };

/**
 * Checks the configuration, connects, and serves, or does less where the options say so.
 * @throws ExporterError for what no waiting mends: configuration, passwords, a Redis that is none, a port in use
 */
export async function startExporter(options: CliOptions, logger: Logger): Promise<Started> {
  const web = new LiveWebConfiguration(options.webConfigFile, logger);
  const redisOptions = clientOptions({
    url: options.redis,
    user: options.redisUser,
    password: options.redisPassword,
    passwordFile: options.redisPasswordFile,
    tlsCaFile: options.redisTlsCaFile,
  });
  if (options.isConfigCheck) return { kind: 'checked' };

  const shownUrl = redacted(options.redis);
  const client = newClient(redisOptions, options.scrapeTimeoutMs);
  const connection = new IoredisConnection(client);
  const { prefix, scanLimitKeys, maxSeries, withCreated, scrapeTimeoutMs } = options;
  const reader = new IncrementalReader(connection, {
    prefix,
    scanLimitKeys,
    maxSeries,
    withCreated,
    verifiedKeys: VERIFIED_KEYS,
    holdMs: options.counterHoldMs,
  });
  const metrics = new OwnMetrics(() => connection.commands);
  const scraper = new Scraper(reader, metrics, logger, withCreated);
  const contact = await firstContact(client, shownUrl);
  if (options.isOnce) {
    const answer = await scraper.scrape({ format: 'text', encoding: 'identity', timeoutMs: scrapeTimeoutMs });
    client.disconnect();
    return { kind: 'printed', text: Buffer.concat(answer.body), isUp: answer.isUp };
  }
  if (contact.kind === 'away') logger.warn(`${shownUrl}: ${contact.why}; serving redmeter_up 0 until it answers`);
  const { host, port } = options.listen;
  const { maxConnections } = options;
  const server = new MetricsServer({ host, port, scrapeTimeoutMs, maxConnections }, { scraper, metrics, web, logger });
  try {
    const address = await server.listen();
    const shownHost = address.family === 'IPv6' ? `[${address.address}]` : address.address;
    const url = `${web.get().tls === undefined ? 'http' : 'https'}://${shownHost}:${address.port}`;
    logger.info(`serving ${url}/metrics from ${shownUrl}`);
    return {
      kind: 'serving',
      address: url,
      async stop(graceMs) {
        await server.close(graceMs);
        client.disconnect();
        logger.info('stopped');
      },
    };
  } catch (error) {
    client.disconnect();
    throw error;
  }
}
