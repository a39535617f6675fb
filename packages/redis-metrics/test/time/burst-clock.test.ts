import { expect, it } from '@jest/globals';
import { BurstClock } from '../../src/time/burst-clock.js';

/** A clock that goes on by `stepMs` each time it is read. */
class SteppingClock {
  readings = 0;
  nowMs = 1000;
  readonly clock: BurstClock;

  constructor(stepMs: number) {
    this.clock = new BurstClock(() => {
      this.readings += 1;
      this.nowMs += stepMs;
      return this.nowMs;
    });
  }
}

function read(clock: BurstClock, times: number): number {
  let nowMs = Number.NaN;
  for (let i = 0; i < times; i += 1) nowMs = clock.now();
  return nowMs;
}

it('is read each time unless it is read in a burst', () => {
  const slow = new SteppingClock(0.03);
  expect(read(slow.clock, 1000)).toBe(slow.nowMs);
  expect(slow.readings).toBe(1000);
  const few = new SteppingClock(0.001);
  expect(read(few.clock, 16)).toBe(few.nowMs);
  expect(few.readings).toBe(16);
});

it('is read once for 16 times in a burst, and is never more than those behind', () => {
  const quick = new SteppingClock(0.001);
  read(quick.clock, 16);
  for (let round = 1; round <= 10; round += 1) {
    const nowMs = quick.clock.now();
    expect(nowMs).toBe(quick.nowMs);
    expect(read(quick.clock, 15)).toBe(nowMs);
    expect(quick.readings).toBe(16 + round);
  }
});

it('ends a burst in which the callback is busy with other things', () => {
  const busy = new SteppingClock(0.001);
  read(busy.clock, 20);
  busy.nowMs += 0.4;
  // What is left of the repetitions, then a reading that is 0.4 ms later: from there on each is read.
  read(busy.clock, 16);
  const { readings } = busy;
  expect(read(busy.clock, 10)).toBe(busy.nowMs);
  expect(busy.readings).toBe(readings + 10);
});

it('repeats no reading more than 15 times in a loop that turns slow', () => {
  const slowing = new SteppingClock(0.001);
  read(slowing.clock, 100);
  let oldest = 0;
  for (let i = 0; i < 1000; i += 1) {
    slowing.nowMs += 5;
    if (slowing.clock.now() !== slowing.nowMs) oldest = i + 1;
  }
  expect(oldest).toBeLessThanOrEqual(15);
});

/** Ways to run something after the callback that is running, queued when they are called. */
const LATER: Readonly<Record<string, (task: () => void) => unknown>> = {
  'a promise': (task) => Promise.resolve().then(task),
  'a microtask': (task) => {
    queueMicrotask(task);
  },
  'a tick': (task) => {
    process.nextTick(task);
  },
  'a tick in a microtask': (task) =>
    Promise.resolve().then(() => {
      process.nextTick(task);
    }),
  'a microtask in a tick': (task) => {
    process.nextTick(queueMicrotask, task);
  },
  'a turn of the event loop': (task) => setImmediate(task),
  'a timer': (task) => setTimeout(task, 1),
};
const CALLBACKS: typeof LATER = {
  ...LATER,
  'the callback that queued nothing': (task) => {
    task();
  },
};
const PAIRS = Object.entries(CALLBACKS).flatMap(([where, run]) =>
  Object.entries(LATER).map(([what, queue]) => ({ where, run, what, queue })),
);

it.each(PAIRS)('is read again in $what after a burst in $where', async ({ run, queue }) => {
  const quick = new SteppingClock(0.001);
  for (let round = 0; round < 3; round += 1) {
    const [nowMs, expectedMs] = await new Promise<[number, number]>((resolve) => {
      run(() => {
        read(quick.clock, 100);
        queue(() => {
          quick.nowMs += 60_000;
          resolve([quick.clock.now(), quick.nowMs]);
        });
      });
    });
    expect(nowMs).toBe(expectedMs);
  }
});

it.each(PAIRS)('is read again after at most 15 in $what that was queued before a burst in $where', async (given) => {
  const quick = new SteppingClock(0.001);
  for (let round = 0; round < 3; round += 1) {
    const [nowMs, expectedMs] = await new Promise<[number, number]>((resolve) => {
      given.run(() => {
        given.queue(() => {
          quick.nowMs += 60_000;
          resolve([read(quick.clock, 16), quick.nowMs]);
        });
        read(quick.clock, 100);
      });
    });
    // One that was read is at most 16 steps behind.
    expect(expectedMs - nowMs).toBeLessThan(1);
  }
});
