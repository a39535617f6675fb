import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { FlushSchedule } from '../../src/flush/flush-schedule.js';
import { PacedFlush } from '../../src/flush/paced-flush.js';

// Jest's clock, so that times do not depend on the machine.
beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const tookMs = (durationMs: number) => (): Promise<void> => new Promise((resolve) => setTimeout(resolve, durationMs));

/** A flush of one shard whose beginnings are noted. */
function pacedFlush(flush: () => Promise<void>): { readonly pace: PacedFlush; readonly startedAtMs: number[] } {
  const startedAtMs: number[] = [];
  const beganAtMs = Date.now();
  const pace = new PacedFlush(
    () => {
      startedAtMs.push(Date.now() - beganAtMs);
      return flush();
    },
    () => undefined,
  );
  return { pace, startedAtMs };
}

function scheduleOf(prepare: () => Promise<void>, ...paces: readonly PacedFlush[]): FlushSchedule {
  const schedule = new FlushSchedule({
    prepare,
    writers: {
      flush: async () => {
        await Promise.all(paces.map((pace) => pace.flush()));
      },
      flushIdle: () => paces.forEach((pace) => pace.flushWhenIdle()),
    },
    intervalMs: 100,
  });
  schedule.start();
  return schedule;
}

it('counts the interval from start to start, however long the flush takes', async () => {
  const { pace, startedAtMs } = pacedFlush(tookMs(60));
  const schedule = scheduleOf(tookMs(20), pace);
  await jest.advanceTimersByTimeAsync(540);
  expect(startedAtMs).toEqual([120, 220, 320, 420, 520]);
  schedule.stop();
  await jest.advanceTimersByTimeAsync(1000);
  expect(startedAtMs).toHaveLength(5);
});

it('skips shards that are still flushing, and only those', async () => {
  const slow = pacedFlush(tookMs(250));
  const quick = pacedFlush(tookMs(1));
  scheduleOf(() => Promise.resolve(), slow.pace, quick.pace);
  await jest.advanceTimersByTimeAsync(1050);
  expect(quick.startedAtMs).toHaveLength(10);
  expect(slow.startedAtMs).toEqual([100, 400, 700, 1000]);
});

it('retries a failing shard with growing delays, and flushes the others meanwhile', async () => {
  const sick = pacedFlush(() => Promise.reject(new Error('refused')));
  const healthy = pacedFlush(tookMs(1));
  scheduleOf(() => Promise.resolve(), sick.pace, healthy.pace);
  await jest.advanceTimersByTimeAsync(20_050);
  expect(healthy.startedAtMs).toHaveLength(200);
  const gapsMs = sick.startedAtMs.slice(1).map((atMs, i) => atMs - (sick.startedAtMs[i] ?? 0));
  for (const [i, gapMs] of gapsMs.slice(0, 6).entries()) {
    expect(gapMs).toBeGreaterThanOrEqual(125 * 2 ** i);
    expect(gapMs).toBeLessThanOrEqual(250 * 2 ** i);
  }
});

it('retries immediately on request', async () => {
  let isRefused = true;
  const { pace, startedAtMs } = pacedFlush(() =>
    isRefused ? Promise.reject(new Error('refused')) : Promise.resolve(),
  );
  await expect(pace.flush()).rejects.toThrow('refused');
  await expect(pace.flush()).rejects.toThrow('refused');
  pace.retryNow();
  await jest.advanceTimersByTimeAsync(1);
  expect(startedAtMs).toEqual([0, 0, 0]);
  isRefused = false;
  await pace.flush();
  pace.retryNow();
  await jest.advanceTimersByTimeAsync(60_000);
  expect(startedAtMs).toHaveLength(4);
});

it('does not retry after stop()', async () => {
  const { pace, startedAtMs } = pacedFlush(async () => {
    await tookMs(10)();
    throw new Error('refused');
  });
  const flush = expect(pace.flush()).rejects.toThrow('refused');
  pace.stop();
  await jest.advanceTimersByTimeAsync(60_000);
  await flush;
  expect(startedAtMs).toHaveLength(1);
});

it('runs one flush at a time, and shares the next one among concurrent calls', async () => {
  let running = 0;
  let most = 0;
  const { pace, startedAtMs } = pacedFlush(async () => {
    running += 1;
    most = Math.max(most, running);
    await tookMs(10)();
    running -= 1;
  });
  // Whoever hears of the end first must not begin another beside the one that was asked for.
  const first = pace.flush().then(() => pace.flush());
  const second = Promise.all([pace.flush(), pace.flush(), pace.join()]);
  await jest.advanceTimersByTimeAsync(100);
  await Promise.all([first, second]);
  expect(most).toBe(1);
  expect(startedAtMs).toEqual([0, 10]);
});
