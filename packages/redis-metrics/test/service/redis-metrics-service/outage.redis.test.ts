import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { freePort, startRedisServer, waitFor } from '@redmeter/test-servers';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { RedisMetricsService } from '../../../src/index.js';
import { recordOf, valueOf } from '../../lua/merge-call.js';
import type { RecordedSoFar } from '../recording-process.js';
import { RecordedLog } from '../recorded-log.js';

const KEY = 'metrics:counter:events';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

describe('hours without Redis', () => {
  const SERIES = 1000;
  const ROUNDS = 1000;

  it('take memory per series, not per recording, and everything is written afterwards', async () => {
    const port = await freePort();
    const metrics = new RedisMetricsService({
      redis: `redis://127.0.0.1:${port}`,
      flushIntervalMs: 10,
      logger: new RecordedLog(),
    });
    const counters = metrics.counter({ name: 'events', labelNames: ['i'] });
    const histograms = metrics.histogram({ name: 'took_ms', labelNames: ['i'], buckets: [5, 10] });
    const recordRound = async (): Promise<void> => {
      for (let i = 0; i < SERIES; i += 1) {
        counters.labels({ i }).inc();
        histograms.labels({ i }).observe(i % 20);
        metrics.setGauge('level', i);
      }
      await Promise.allSettled([metrics.flush()]);
    };
    for (let round = 0; round < 10; round += 1) await recordRound();
    const before = heapBytes();
    for (let round = 10; round < ROUNDS; round += 1) await recordRound();
    // A number for each recording would be 24 MB.
    expect(heapBytes() - before).toBeLessThan(2_000_000);

    const server = await startRedisServer({ port });
    await waitFor(() => metrics.stats().histogram.pending === 0, 'all is written', 20_000);
    const redis = await server.connect();
    for (const i of [0, 7, SERIES - 1]) {
      expect(await valueOf(redis, 'counter', `${KEY}:i=${i}`)).toBe(ROUNDS);
      expect(await recordOf(redis, 'histogram', `metrics:histogram:took_ms:i=${i}`)).toMatchObject({
        count: ROUNDS,
        sum: ROUNDS * (i % 20),
      });
    }
    expect(metrics.stats().counter).toEqual({
      recorded: SERIES * ROUNDS,
      flushed: SERIES * ROUNDS,
      pending: 0,
      dropped: {},
    });
    await metrics.close();
    await server.stop();
  });

  it.each([
    ['one series that is removed again and again', 200_000, () => 0],
    ['ever new series that are removed', 50_000, (round: number) => round],
  ])('cost no memory for %s', async (_what, rounds, idOfRound) => {
    const port = await freePort();
    const metrics = new RedisMetricsService({
      redis: `redis://127.0.0.1:${port}`,
      flushIntervalMs: 10,
      maxSeries: 1000,
      ownMetrics: false,
      logger: new RecordedLog(),
    });
    const jobs = metrics.counter({ name: 'jobs', labelNames: ['id'] });
    const recordRounds = async (from: number, to: number): Promise<void> => {
      for (let round = from; round < to; round += 1) {
        const id = idOfRound(round);
        jobs.labels({ id }).inc();
        jobs.remove({ id });
        // What the collector found is noted between other work.
        if (round % 1000 === 0) await nextTurn();
      }
      collectGarbage();
      await nextTurn();
    };
    await recordRounds(0, 10_000);
    const before = heapBytes();
    await recordRounds(10_000, rounds);
    // A place in a list for each would be 1.5 MB.
    expect(heapBytes() - before).toBeLessThan(1_000_000);

    const server = await startRedisServer({ port });
    await waitFor(async () => (await Promise.allSettled([metrics.flush()]))[0].status === 'fulfilled', 'it is flushed');
    const redis = await server.connect();
    expect(await redis.keys('metrics:*')).toEqual([]);
    const { dropped, ...counts } = metrics.stats().counter;
    expect(counts).toMatchObject({ recorded: rounds, pending: 0 });
    expect(counts.flushed + (dropped.removed ?? 0)).toBe(rounds);
    await metrics.close();
    await server.stop();
  });
});

describe('the end of a process', () => {
  const server = useRedisServer();

  /** A process that records all the time; it reports how much before it records more. */
  function startRecording(flushIntervalMs: number): { process: ChildProcess; told: RecordedSoFar[] } {
    const child = fork(require.resolve('../recording-process.ts'), [server.url, String(flushIntervalMs)], {
      execArgv: ['--conditions=redmeter-source', '--import', 'tsx'],
    });
    const told: RecordedSoFar[] = [];
    child.on('message', (message: RecordedSoFar) => told.push(message));
    return { process: child, told };
  }

  it('by SIGTERM loses nothing', async () => {
    await server.client.flushall();
    // No flush but the last.
    const { process: child, told } = startRecording(600_000);
    await waitFor(() => (told.at(-1)?.recordings ?? 0) > 1000, 'it records', 20_000);
    expect(await server.client.exists(KEY)).toBe(0);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(await valueOf(server.client, 'counter', KEY)).toBe(told.at(-1)?.recordings);
  });

  it('by SIGKILL loses one flush interval at most', async () => {
    const INTERVAL_MS = 200;
    // A flush is not at once, nor is a timer of a busy machine.
    const SLACK_MS = 2000;
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await server.client.flushall();
      const { process: child, told } = startRecording(INTERVAL_MS);
      const wantedMs = INTERVAL_MS + SLACK_MS + 300 * (attempt + 1);
      await waitFor(() => (told.at(-1)?.atMs ?? 0) - (told[0]?.atMs ?? 0) > wantedMs, 'it records', 20_000);
      child.kill('SIGKILL');
      await once(child, 'exit');
      const last = told.at(-1)?.atMs ?? 0;
      const least = told.findLast(({ atMs }) => atMs < last - INTERVAL_MS - SLACK_MS)?.recordings ?? 0;
      const kept = (await server.client.exists(KEY)) === 1 ? await valueOf(server.client, 'counter', KEY) : 0;
      expect(kept).toBeGreaterThanOrEqual(least);
      expect(least).toBeGreaterThan(0);
    }
  });
});
