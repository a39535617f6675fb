import { constants } from 'node:os';
import { RedisMetricsError, RedisMetricsService } from '@redmeter/redis-metrics';
import { destination, pino, stdTimeFunctions } from 'pino';
import { readConfiguration } from './configuration.js';
import { failureSchedule } from './failure-schedule.js';
import { handlerDelay } from './handler-delay.js';
import { startHttpServer } from './http-server.js';
import { redactedUrl } from './redacted-url.js';
import { storeApp } from './store-app.js';
import { StoreError } from './store-error.js';
import { storeMetrics } from './store-metrics.js';

try {
  await main();
} catch (error) {
  if (!(error instanceof StoreError || error instanceof RedisMetricsError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}

async function main(): Promise<void> {
  const configuration = readConfiguration(process.env);
  const logger = pino(
    { level: configuration.logLevel, base: { part: 'store' }, timestamp: stdTimeFunctions.isoTime },
    // The default writes in the background, so that the last lines before an exit could come in the wrong order.
    destination({ dest: 1, sync: true }),
  );
  const server = await startHttpServer(configuration);
  const metrics = new RedisMetricsService({
    redis: configuration.redisUrl,
    flushIntervalMs: configuration.flushIntervalMs,
    ttlSeconds: configuration.ttlSeconds,
    // Two versions behind one gateway record into the same Redis: the label keeps their series apart.
    ...(configuration.version === undefined ? {} : { defaultLabels: { version: configuration.version } }),
    logger,
  });
  server.serve(
    storeApp({
      metrics: storeMetrics(metrics),
      version: configuration.version,
      delay: handlerDelay(configuration.handlerDelayMs, { extraMs: configuration.extraDelayMs }),
      isToFail: failureSchedule(configuration.errorRate),
      random: Math.random,
      logger,
    }),
  );
  logger.info({ url: `${server.url}/api/store`, redis: redactedUrl(configuration.redisUrl) }, 'the store is open');
  const { version, extraDelayMs, errorRate } = configuration;
  if (extraDelayMs > 0 || errorRate > 0) {
    logger.warn({ version, extraDelayMs, errorRate }, 'the store simulates a slower or failing version, as configured');
  }

  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    logger.info({ signal }, 'stopping: finishing requests in flight, then flushing metrics');
    const { cutOff } = await server.stop();
    if (cutOff > 0) logger.warn({ cutOff }, 'requests that took too long were aborted');
    await metrics.close();
    logger.info('the store is closed');
    process.exit(0);
  };
  let isStopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (isStopping) process.exit(128 + constants.signals[signal]);
      isStopping = true;
      void stop(signal);
    });
  }
}
