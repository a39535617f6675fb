import { RedisMetricsService } from '../../src/index.js';

/** How many recordings there were at some time. */
export interface RecordedSoFar {
  readonly recordings: number;
  readonly atMs: number;
}

// Records until SIGTERM: url, flush interval. It reports the number after each recording.
const [url = '', flushIntervalMs = '0'] = process.argv.slice(2);
const interval = Number(flushIntervalMs);
const metrics = new RedisMetricsService({
  redis: url,
  flushIntervalMs: interval,
  ttlSeconds: Math.max(1800, (3 * interval) / 1000),
});
const events = metrics.counter({ name: 'events' }).labels();
let recordings = 0;
const timer = setInterval(() => {
  for (let i = 0; i < 5; i += 1) events.inc();
  recordings += 5;
  process.send?.({ recordings, atMs: Date.now() } satisfies RecordedSoFar);
}, 5);
process.once('SIGTERM', () => {
  clearInterval(timer);
  void metrics.close().then(() => process.disconnect());
});
