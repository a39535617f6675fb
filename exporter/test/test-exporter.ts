import { startExporter, type Started } from '../src/exporter.js';
import type { CliOptions } from '../src/cli/options.js';
import type { Logger } from '../src/logger.js';

/** An exporter of a test's own, on a free port. */
export interface TestExporter {
  readonly url: string;
  /** What it logged, `level message`. */
  readonly log: readonly string[];
  stop(): Promise<void>;
  /** The text of an answer. */
  metrics(headers?: Readonly<Record<string, string>>): Promise<string>;
}

const DEFAULTS: CliOptions = {
  redis: '',
  redisUser: undefined,
  redisPassword: undefined,
  redisPasswordFile: undefined,
  redisTlsCaFile: undefined,
  listen: { host: '127.0.0.1', port: 0 },
  webConfigFile: undefined,
  maxConnections: 64,
  prefix: 'metrics',
  scanLimitKeys: 50_000,
  maxSeries: 1_000_000,
  scrapeTimeoutMs: 10_000,
  counterHoldMs: 300_000,
  withCreated: false,
  logLevel: 'info',
  isConfigCheck: false,
  isOnce: false,
};

/** Starts an exporter of a Redis. */
export async function startTestExporter(redis: string, options: Partial<CliOptions> = {}): Promise<TestExporter> {
  const log: string[] = [];
  const say = (level: string) => (message: string) => void log.push(`${level} ${message}`);
  const logger: Logger = { info: say('info'), warn: say('warn'), error: say('error') };
  const started = await startExporter({ ...DEFAULTS, redis, ...options }, logger);
  if (started.kind !== 'serving') throw new Error(`expected an exporter that serves, got ${started.kind}`);
  return {
    url: started.address,
    log,
    stop: async () => started.stop(1000),
    async metrics(headers = {}) {
      const answer = await fetch(`${started.address}/metrics`, { headers });
      if (answer.status !== 200) throw new Error(`the exporter answered ${answer.status}`);
      return answer.text();
    },
  };
}

/** Starts an exporter whatever comes of it. */
export async function tryExporter(options: Partial<CliOptions>): Promise<Started> {
  const silent: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
  return startExporter({ ...DEFAULTS, ...options }, silent);
}
