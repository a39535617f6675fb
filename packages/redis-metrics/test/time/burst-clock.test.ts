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

it('is read once for 256 times in a burst, and is never more than those behind', () => {
  const quick = new SteppingClock(0.001);
  read(quick.clock, 16);
  for (let round = 1; round <= 10; round += 1) {
    const nowMs = quick.clock.now();
    expect(nowMs).toBe(quick.nowMs);
    expect(read(quick.clock, 255)).toBe(nowMs);
    expect(quick.readings).toBe(16 + round);
  }
});

it('ends a burst in which the callback is busy with other things', () => {
  const busy = new SteppingClock(0.001);
  read(busy.clock, 20);
  busy.nowMs += 5;
  // What is left of the repetitions, then a reading that is 5 ms later: from there on each is read.
  read(busy.clock, 256);
  const { readings } = busy;
  expect(read(busy.clock, 10)).toBe(busy.nowMs);
  expect(busy.readings).toBe(readings + 10);
});

it.each([
  ['a promise', () => Promise.resolve()],
  ['a turn of the event loop', () => new Promise((resolve) => setImmediate(resolve))],
])('is read again after %s', async (_, pass) => {
  const quick = new SteppingClock(0.001);
  for (let round = 0; round < 3; round += 1) {
    read(quick.clock, 100);
    await pass();
    quick.nowMs += 60_000;
    expect(quick.clock.now()).toBe(quick.nowMs);
  }
});
