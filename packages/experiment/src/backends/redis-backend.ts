import { readMetricsFromRedis, type Reading } from '@redmeter/metric-reader';
import type { BackendAnswer } from './http-backend.js';
import { redisPlaceOf, useRedis } from './redis-connection.js';

/**
 * Reads the application's own metrics straight from Redis as they stand, counters and histograms as totals since they began, as JSON
 * (`samplesJson`). The URL's `prefix` parameter names other keys than `metrics:*`.
 */
export async function askRedisBackend(
  givenUrl: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<BackendAnswer> {
  const { prefix, ...place } = redisPlaceOf(givenUrl);
  const read = await useRedis(place, timeoutMs, signal, (send) =>
    readMetricsFromRedis(send, prefix === undefined ? {} : { prefix }),
  );
  return read.kind === 'failed' ? read : { kind: 'answer', json: samplesJson(read.value) };
}

/**
 * A list of `{name, labels, value}`, one for each sample (histograms as `_bucket` with `le`, `_sum`, `_count`, `_p50`, `_p95`, `_p99`), as
 * expressions are given it.
 */
export function samplesJson({ families }: Pick<Reading, 'families'>): string {
  const samples = families.flatMap((family) =>
    family.samples.map(({ name, labels, le, value }) => ({
      name,
      labels: {
        ...Object.fromEntries(labels.labels),
        ...(le === undefined ? {} : { le }),
      },
      value,
    })),
  );
  return JSON.stringify(samples);
}
