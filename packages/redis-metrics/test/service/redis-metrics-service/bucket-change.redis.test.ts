import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { waitFor } from '@redmeter/test-servers';
import { useRedisServer } from '@redmeter/test-servers/jest';
import fc from 'fast-check';
import { RedisMetricsService, type RedisMetricsOptions } from '../../../src/index.js';
import { fieldsOf, HISTOGRAM_KEY } from '../../lua/merge-call.js';
import { RecordedLog } from '../recorded-log.js';

const OLD = [5, 10, 100];
const NEW = [5, 20, 100];
const BOTH = [5, 10, 20, 100];
const FLUSH_INTERVAL_MS = 50;

const server = useRedisServer({ flushBeforeEach: true });
let log: RecordedLog;
const services: RedisMetricsService[] = [];

beforeEach(() => {
  log = new RecordedLog();
});
afterEach(() => Promise.all(services.splice(0).map((service) => service.close())));

function start(buckets: readonly number[], options: Partial<RedisMetricsOptions> = {}): RedisMetricsService {
  const service = new RedisMetricsService({
    redis: server.url,
    flushIntervalMs: FLUSH_INTERVAL_MS,
    logger: log,
    ...options,
  });
  service.histogram({ name: 'took_ms', buckets });
  services.push(service);
  return service;
}

/** Recordings of all processes that there were, by what became of them. */
function recorded(): { recorded: number; flushed: number; pending: number; dropped: object[] } {
  const stats = services.map((service) => service.stats().histogram);
  return {
    recorded: stats.reduce((sum, each) => sum + each.recorded, 0),
    flushed: stats.reduce((sum, each) => sum + each.flushed, 0),
    pending: stats.reduce((sum, each) => sum + each.pending, 0),
    dropped: stats.map(({ dropped }) => dropped).filter((dropped) => Object.keys(dropped).length > 0),
  };
}

it('loses nothing when an old process starts once more, and all old ones stop after it', async () => {
  const first = start(OLD);
  first.recordHistogram('took_ms', 7);
  await first.flush();
  const newer = start(NEW);
  newer.recordHistogram('took_ms', 7);
  await newer.flush();
  const again = start(OLD);
  again.recordHistogram('took_ms', 7);
  await again.flush();
  newer.recordHistogram('took_ms', 7);
  await newer.flush();
  await first.close();
  await again.close();
  await waitFor(async () => {
    newer.recordHistogram('took_ms', 7);
    await newer.flush();
    const { bounds } = await fieldsOf(server.client, HISTOGRAM_KEY);
    return JSON.stringify(bounds) === JSON.stringify(NEW);
  }, 'the buckets of the new process stand alone');
  const { recorded: total, ...rest } = recorded();
  expect(rest).toEqual({ flushed: total, pending: 0, dropped: [] });
  expect(await fieldsOf(server.client, HISTOGRAM_KEY)).toMatchObject({ count: total, sum: 7 * total });
  expect(log.warnings).toEqual([]);
});

it('loses nothing in any order of starts, flushes and stops', async () => {
  const step = fc.constantFrom('start old', 'start new', 'record', 'flush', 'stop first', 'stop last');
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 25 }), async (steps) => {
      await server.client.flushall();
      services.length = 0;
      const running: RedisMetricsService[] = [start(OLD), start(NEW)];
      for (const each of steps) {
        if (each === 'start old') running.push(start(OLD));
        if (each === 'start new') running.push(start(NEW));
        if (each === 'record') for (const service of running) service.recordHistogram('took_ms', 15);
        if (each === 'flush') for (const service of running) await service.flush();
        if (each === 'stop first') await running.shift()?.close();
        if (each === 'stop last') await running.pop()?.close();
      }
      await Promise.all(running.map((service) => service.close()));
      const { recorded: total, ...rest } = recorded();
      expect(rest).toEqual({ flushed: total, pending: 0, dropped: [] });
      if (total > 0)
        expect(await fieldsOf(server.client, HISTOGRAM_KEY)).toMatchObject({ count: total, sum: 15 * total });
    }),
    { numRuns: 20 },
  );
});

it('keeps the buckets of both versions, and one count, through days of a canary', async () => {
  // Nobody is silent for long enough here.
  const options = { flushIntervalMs: 600_000, ttlSeconds: 3600 };
  const observe = async (service: RedisMetricsService): Promise<void> => {
    service.recordHistogram('took_ms', 15);
    await service.flush();
  };
  await observe(start(OLD, options));
  await observe(start(NEW, options));
  const { created } = await fieldsOf(server.client, HISTOGRAM_KEY);
  for (let restart = 0; restart < 20; restart += 1) {
    const service = start(restart % 3 === 0 ? NEW : OLD, options);
    await observe(service);
    expect(await fieldsOf(server.client, HISTOGRAM_KEY)).toMatchObject({ bounds: BOTH, created, count: restart + 3 });
    await service.close();
  }
  expect(recorded()).toEqual({ recorded: 22, flushed: 22, pending: 0, dropped: [] });
  expect(log.warnings).toEqual([]);
});
