import { buildSeriesKey, DEFAULT_PREFIX, internalKeys } from '@redmeter/metric-format';
import { ExperimentError, messageOf } from '../experiment-error.js';
import { newRedisClient } from '../redis-client.js';

/** A series with its value as a whole, and not as what was added to it. One process alone writes it. */
export type TotalSeries = {
  readonly name: string;
  readonly help: string;
  /** A suffix of the name, such as `seconds`. */
  readonly unit?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
} & (
  | { readonly type: 'gauge' }
  /** `createdMs`: when the count began, in milliseconds since the epoch. */
  | { readonly type: 'counter'; readonly createdMs: number }
);

const TIMEOUT_MS = 2500;

/**
 * Writes series to Redis, each as a record with its whole value, as docs/wire-format.md has it for a series that one process writes.
 * Written twice they count once, so that a count kept elsewhere stays exact when its process is killed at any moment.
 *
 * @throws ExperimentError `publishing_failed` with the reason when not all could be written within about 5 seconds
 */
export async function writeTotals(redisUrl: string, all: readonly TotalSeries[], ttlSeconds: number): Promise<void> {
  const redis = newRedisClient(redisUrl, TIMEOUT_MS);
  let lastError: Error | undefined;
  redis.on('error', (error) => (lastError = error));
  try {
    await redis.connect();
    const [seconds = 0, microseconds = 0] = (await redis.time()).map(Number);
    const timestamp = seconds * 1000 + Math.floor(microseconds / 1000);
    const space = { prefix: DEFAULT_PREFIX };
    const internal = internalKeys(space);
    const commands = redis.pipeline();
    for (const { type, name, help, unit } of new Map(all.map((series) => [series.name, series])).values()) {
      commands.set(internal.family(name), JSON.stringify({ type, help, unit }));
    }
    for (const series of all) {
      const { type, name, labels, value } = series;
      const key = buildSeriesKey(space, type, name, Object.entries(labels));
      const record =
        type === 'counter'
          ? { type, value, created: series.createdMs, timestamp }
          : { type, mode: 'last', value, timestamp };
      commands.set(key, JSON.stringify(record), 'EX', ttlSeconds);
      commands.sadd(internal.announced, key);
    }
    const [failure] = ((await commands.exec()) ?? []).flatMap(([error]) => (error === null ? [] : [error]));
    if (failure !== undefined) throw failure;
  } catch (error) {
    // The client says of every connection that ends that it is closed.
    const cause = lastError ?? error;
    throw new ExperimentError('publishing_failed', `expected to publish to Redis, got ${messageOf(cause)}`, { cause });
  } finally {
    redis.disconnect();
  }
}
