import { DEFAULT_PREFIX, isKeyPrefix, KEY_PREFIX_RULE } from '@redmeter/metric-format';
import { MetricReaderError } from '@redmeter/metric-reader';
import { connect } from '../doctor/look/connect.js';
import { lookAtRedis } from '../doctor/look/look-at-redis.js';
import { examine, extentOf } from '../doctor/examine.js';
import { renderFindings } from '../doctor/render.js';
import { ExperimentError, messageOf } from '../experiment-error.js';
import { EXIT_CODE, type CommandEnvironment, type ExitCode } from './command-environment.js';
import { CommandError } from './command-error.js';
import { writeEither, type JsonChoice } from './json-output.js';
import { ProgressLine } from './progress-line.js';

/** The flags of `redmeter doctor`. */
export type DoctorOptions = JsonChoice & {
  readonly redis?: string;
  readonly prefix?: string;
  readonly maxKeys?: string;
};

const DEFAULT_URL = 'redis://localhost:6379';
const DEFAULT_MAX_KEYS = '1000000';

/**
 * Looks at a Redis and prints what is wrong with it: exit code 0, or 1 where a finding is an error.
 * @throws CommandError with exit code 2 for wrong flags, and when Redis cannot be reached
 */
export async function doctorCommand(
  given: string | undefined,
  options: DoctorOptions,
  environment: CommandEnvironment,
): Promise<ExitCode> {
  const { variables, signal } = environment;
  const prefix = options.prefix ?? DEFAULT_PREFIX;
  if (!isKeyPrefix(prefix)) throw usage(`--prefix: expected ${KEY_PREFIX_RULE}, got ${JSON.stringify(prefix)}`);
  const maxKeys = Number(options.maxKeys ?? DEFAULT_MAX_KEYS);
  if (!Number.isSafeInteger(maxKeys) || maxKeys < 1) {
    throw usage(`--max-keys: expected a whole number above 0, got ${JSON.stringify(options.maxKeys)}`);
  }
  if (given !== undefined && options.redis !== undefined) throw usage('expected one address of Redis, got two');
  const url = given ?? options.redis ?? variable(variables['REDIS_URL']) ?? DEFAULT_URL;
  const progress = new ProgressLine(environment);
  try {
    const target = await connect(url, {
      user: variable(variables['REDIS_SENTINEL_USER']),
      password: variable(variables['REDIS_SENTINEL_PASSWORD']),
    });
    try {
      const show = (label: string, done: number, total: number | undefined): void =>
        progress.show({ label, done, unit: 'keys', ...(total === undefined ? {} : { total }) }, performance.now());
      const facts = await lookAtRedis(target, { prefix, maxKeys, show, signal });
      const findings = examine(facts);
      const extent = extentOf(facts);
      progress.clear();
      writeEither(options, environment, { redis: target.shown, prefix, ...extent, findings }, () =>
        renderFindings({ shown: target.shown, prefix }, extent, findings),
      );
      return findings.some(({ severity }) => severity === 'error') ? EXIT_CODE.assertionFails : EXIT_CODE.holds;
    } finally {
      progress.clear();
      target.close();
    }
  } catch (error) {
    if (signal.aborted) throw usage('interrupted', error);
    if (
      error instanceof MetricReaderError ||
      (error instanceof ExperimentError && error.code === 'store_unavailable')
    ) {
      throw usage(`doctor: ${messageOf(error)}`, error);
    }
    throw error;
  }
}

function usage(message: string, cause?: unknown): CommandError {
  return new CommandError(message, EXIT_CODE.usage, { cause });
}

/** Compose passes what is not set as an empty text. */
function variable(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
