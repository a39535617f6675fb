import { shownAddress, type ListenAddress } from '@redmeter/http-server';
import { ExporterError } from '../exporter-error.js';
import type { ExporterOptions } from '../exporter-options.js';
import { LiveWebConfiguration } from '../http/live-web-configuration.js';
import { RoutedServer } from '../http/routed-server.js';
import type { Logger } from '../logger.js';
import { ConnectedTarget } from '../redis/connected-target.js';
import { readAddresses, type RedisAddress } from '../redis/redis-url.js';
import type { OwnMetrics } from '../scrape/own-metrics.js';
import { METRICS_PATH, otlpRoute } from './http/otlp-route.js';
import { OtlpMetrics } from './otlp-metrics.js';
import type { OtlpOptions } from './otlp-options.js';
import { Receiver } from './receiver.js';
import { MergeTarget } from './write/merge-target.js';
import { firstSpace, shardLayout } from './write/request-batches.js';
import { RequestWriter } from './write/request-writer.js';
import { SeenPoints } from './write/seen-points.js';

/** A running receiver. */
export interface RunningOtlp {
  /** Its URL, without the path. */
  readonly address: string;
  /** Completes the requests under way, for at most `graceMs` milliseconds, and closes the server and the connection to Redis. */
  stop(graceMs: number): Promise<void>;
}

/** How long a call of Redis may take: a sender waits 10 seconds by default. */
const COMMAND_TIMEOUT_MS = 5_000;

/**
 * The Redis that the receiver writes to.
 * @throws ExporterError `invalid_configuration`
 */
function readOtlpAddress({ redis, access }: ExporterOptions, otlp: OtlpOptions): RedisAddress {
  const { user, password, passwordFile } = otlp;
  if (otlp.redis === undefined && redis.length > 1) {
    const expected = '--otlp.redis: expected the URL of the Redis to write to, since there are several to read';
    throw new ExporterError('invalid_configuration', expected);
  }
  const isOwnLogin = otlp.redis !== undefined || user !== undefined;
  if (!isOwnLogin && (password !== undefined || passwordFile !== undefined)) {
    const what = passwordFile === undefined ? 'REDMETER_EXPORTER_OTLP_REDIS_PASSWORD' : '--otlp.redis.password-file';
    const expected = `${what}: expected --otlp.redis.user or --otlp.redis too, since it is not the exporter's own password`;
    throw new ExporterError('invalid_configuration', expected);
  }
  const login = isOwnLogin ? { user, password, passwordFile } : {};
  try {
    const [address] = readAddresses(otlp.redis === undefined ? redis : [otlp.redis], { ...access, ...login });
    if (address !== undefined) return address;
  } catch (error) {
    if (!(error instanceof ExporterError)) throw error;
    throw new ExporterError(error.code, error.message.replace(/^--redis/, '--otlp.redis'), { cause: error });
  }
  throw new ExporterError('invalid_configuration', '--otlp.redis: expected a URL');
}

/**
 * Checks where OTLP would be written, also where nothing is received.
 * @throws ExporterError `invalid_configuration`
 */
export function checkOtlp(options: ExporterOptions, otlp: OtlpOptions): void {
  const { listen, redis, user, password, passwordFile } = otlp;
  if ([listen, redis, user, password, passwordFile].some((set) => set !== undefined)) readOtlpAddress(options, otlp);
}

/**
 * Connects to Redis and listens for OTLP.
 * @throws ExporterError for errors that waiting does not fix
 */
export async function startOtlp(
  options: ExporterOptions,
  otlp: OtlpOptions & { readonly listen: ListenAddress },
  { metrics, logger }: { readonly metrics: OwnMetrics; readonly logger: Logger },
): Promise<RunningOtlp> {
  const address = readOtlpAddress(options, otlp);
  const target = new ConnectedTarget(address, COMMAND_TIMEOUT_MS);
  try {
    const contact = await target.firstContact();
    if (contact.kind === 'away')
      logger.warn(`${address.shown}: ${contact.why}; OTLP requests are refused until it answers`);
    const otlpMetrics = new OtlpMetrics(metrics.registry);
    const now = Date.now;
    const layout = shardLayout(options.prefix, otlp.shards);
    const mergeTarget = new MergeTarget(target);
    const receiver = new Receiver({
      writer: new RequestWriter(mergeTarget, { layout, ttlMs: otlp.ttlMs, now }),
      seen: new SeenPoints(mergeTarget, firstSpace(layout)),
      metrics: otlpMetrics,
      logger,
      resourceLabels: otlp.resourceLabels,
      now,
    });
    const web = new LiveWebConfiguration(options.webConfigFile, logger);
    const { allowedHosts = [], maxConnections, answerTimeoutMs } = options;
    const { route, refuse } = otlpRoute({ receiver, metrics: otlpMetrics, maxBodyBytes: otlp.maxBodyBytes });
    const server = new RoutedServer(
      { ...otlp.listen, allowedHosts, maxConnections, answerTimeoutMs, name: 'the OTLP server', flag: '--otlp.listen' },
      { routes: new Map([[METRICS_PATH, route]]), refuse, web, metrics, logger },
    );
    const url = `${web.current.tls === undefined ? 'http' : 'https'}://${shownAddress(await server.listen())}`;
    logger.info(`receiving OTLP at ${url}${METRICS_PATH} for ${address.shown}`);
    return {
      address: url,
      async stop(graceMs) {
        await server.close(graceMs);
        target.close();
      },
    };
  } catch (error) {
    target.close();
    throw error;
  }
}
