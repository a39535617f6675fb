import { RedisMetricsError, type RedisMetricsService } from '@redmeter/redis-metrics';

/** Milliseconds between two attempts. */
const RETRY_MS = 100;

/**
 * Flushes a service once.
 * @param leftMs how long to wait
 * @param timeoutMs how long the caller waits in all, for the message
 * @throws RedisMetricsError `flush_failed` when it takes longer; the flush continues. Or the error of the flush
 */
export function flushWithin(service: RedisMetricsService, timeoutMs: number, leftMs = timeoutMs): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const what = `Redis did not acknowledge the metrics within ${timeoutMs} ms; they are kept and written later`;
      reject(new RedisMetricsError('flush_failed', what));
    }, leftMs);
    service
      .flush()
      .finally(() => clearTimeout(timer))
      .then(resolve, reject);
  });
}

/**
 * Flushes a service until it succeeds, for at most so many milliseconds.
 * @throws RedisMetricsError the error of the last attempt
 */
export async function untilFlushed(service: RedisMetricsService, timeoutMs: number): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    try {
      await flushWithin(service, timeoutMs, Math.max(0, deadlineMs - performance.now()));
      return;
    } catch (error) {
      const mayPass = error instanceof RedisMetricsError && error.code === 'flush_failed';
      if (!mayPass || performance.now() + RETRY_MS >= deadlineMs) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
