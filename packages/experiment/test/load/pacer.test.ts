import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Pacer } from '../../src/load/pacer.js';

const NO_GRACE = 0;

function dueOf(pacer: Pacer, nowMs: number): number[] {
  const due: number[] = [];
  for (let slot = pacer.take(nowMs); slot !== undefined; slot = pacer.take(nowMs)) due.push(slot);
  return due;
}

describe('a pacer', () => {
  it('spreads slots evenly, whenever they are taken', () => {
    const pacer = new Pacer({ ratePerSecond: 10, limit: { kind: 'requests', count: 5 } }, 1000, NO_GRACE);
    expect([1000, 1000, 1250, 1250, 1300, 1300].map((nowMs) => pacer.take(nowMs))).toEqual([
      1000,
      1100,
      1200,
      1300,
      1400,
      undefined,
    ]);
  });

  it('has slots until the time is up, each due when it is taken, without a rate', () => {
    const pacer = new Pacer({ ratePerSecond: null, limit: { kind: 'duration', durationMs: 500 } }, 0, 1000);
    expect([0, 1, 499.9, 500, 1000].map((nowMs) => pacer.take(nowMs))).toEqual([0, 1, 499.9, undefined, undefined]);
    expect(pacer.untaken).toBe(0);
  });

  it('gives out slots that were due before the end for the grace period, and counts those that were not taken', () => {
    const pace = { ratePerSecond: 10, limit: { kind: 'duration', durationMs: 1000 } } as const;
    const pacer = new Pacer(pace, 0, 500);
    expect([100, 1400, 1499].map((nowMs) => pacer.take(nowMs))).toEqual([0, 100, 200]);
    expect([pacer.take(1500), pacer.untaken]).toEqual([undefined, 7]);
  });

  it('has rate times seconds slots', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 10 }), (rate, seconds) => {
        const pace = { ratePerSecond: rate, limit: { kind: 'duration', durationMs: seconds * 1000 } } as const;
        const due = dueOf(new Pacer(pace, 0, NO_GRACE), 0);
        expect(due).toHaveLength(rate * seconds);
        expect(Math.max(...due)).toBeLessThan(seconds * 1000);
      }),
    );
  });

  it('shares the slots of one schedule among threads', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 100 }), (threads, count) => {
        const pace = { ratePerSecond: 10, limit: { kind: 'requests', count } } as const;
        const whole = dueOf(new Pacer(pace, 0, NO_GRACE), 0);
        const shares = Array.from({ length: threads }, (_, index) =>
          dueOf(new Pacer(pace, 0, NO_GRACE, { index, count: threads }), 0),
        );
        expect(shares.flat().sort((a, b) => a - b)).toEqual(whole);
      }),
    );
  });

  it('has none left once stopped', () => {
    const pacer = new Pacer({ ratePerSecond: null, limit: { kind: 'requests', count: 5 } }, 0, NO_GRACE);
    pacer.stop(0);
    expect(pacer.take(0)).toBeUndefined();
  });

  it.each([
    ['stopped', { kind: 'requests', count: 100 }, 40],
    ['at the end of its time', { kind: 'requests', count: 100, maxDurationMs: 500 }, undefined],
  ] as const)('counts as untaken what was due by when it was %s', (_name, limit, stoppedMs) => {
    const pacer = new Pacer({ ratePerSecond: 100, limit }, 0, NO_GRACE);
    expect(pacer.take(0)).toBe(0);
    if (stoppedMs !== undefined) pacer.stop(stoppedMs);
    // Due every 10 ms; one was taken.
    expect(pacer.untaken).toBe((stoppedMs ?? 500) / 10 - 1);
  });
});
