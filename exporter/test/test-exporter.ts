import { startExporter, type Started } from '../src/exporter.js';
import type { ExporterOptions } from '../src/exporter-options.js';
import type { Logger } from '../src/logger.js';

/** An exporter of a test's own, on a free port. */
export interface TestExporter {
  readonly url: string;
  /** Where it receives OTLP, without the path. */
  readonly otlpAddress: string | undefined;
  /** What it logged, `level message`. */
  readonly log: readonly string[];
  /** @param graceMs milliseconds for the answers under way; default 1000 */
  stop(graceMs?: number): Promise<void>;
  /** The text of an answer. */
  metrics(headers?: Readonly<Record<string, string>>): Promise<string>;
}

/** Options as the command line has them when none is given. */
export const DEFAULTS: ExporterOptions = {
  redis: [],
  access: {
    user: undefined,
    password: undefined,
    passwordFile: undefined,
    sentinelUser: undefined,
    sentinelPassword: undefined,
    sentinelPasswordFile: undefined,
    tlsCaFile: undefined,
    tlsCertFile: undefined,
    tlsKeyFile: undefined,
    tlsServerName: undefined,
  },
  listen: { host: '127.0.0.1', port: 0 },
  webConfigFile: undefined,
  maxConnections: 64,
  withPage: true,
  answerTimeoutMs: 30_000,
  prefix: 'metrics',
  scanLimitKeys: 50_000,
  maxSeries: 1_000_000,
  scrapeTimeoutMs: 10_000,
  counterHoldMs: 300_000,
  withCreated: false,
  isConfigCheck: false,
  isOnce: false,
};

/** What differs from the defaults. */
export type TestOptions = Partial<Omit<ExporterOptions, 'access'>> & {
  readonly access?: Partial<ExporterOptions['access']>;
};

function withDefaults({ access, ...options }: TestOptions): ExporterOptions {
  return { ...DEFAULTS, ...options, access: { ...DEFAULTS.access, ...access } };
}

/** Starts an exporter of a Redis, or of several. */
export async function startTestExporter(
  redis: string | readonly string[],
  options: TestOptions = {},
): Promise<TestExporter> {
  const log: string[] = [];
  const say = (level: string) => (message: string) => void log.push(`${level} ${message}`);
  const logger: Logger = { info: say('info'), warn: say('warn'), error: say('error') };
  const started = await startExporter(withDefaults({ redis: [redis].flat(), ...options }), logger);
  if (started.kind !== 'serving') throw new Error(`expected an exporter that serves, got ${started.kind}`);
  return {
    url: started.address,
    otlpAddress: started.otlpAddress,
    log,
    stop: async (graceMs = 1000) => started.stop(graceMs),
    async metrics(headers = {}) {
      const answer = await fetch(`${started.address}/metrics`, { headers });
      if (answer.status !== 200) throw new Error(`the exporter answered ${answer.status}`);
      return answer.text();
    },
  };
}

/** Starts an exporter whatever comes of it. */
export async function tryExporter(options: TestOptions): Promise<Started> {
  const silent: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
  return startExporter(withDefaults(options), silent);
}
