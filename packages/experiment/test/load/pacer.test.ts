import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Pacer } from '../../src/load/pacer.js';

describe('a pacer', () => {
  it('spreads slots evenly and catches up after a late one', () => {
    const pacer = new Pacer(10, { kind: 'requests', count: 5 }, 1000);
    expect([1000, 1000, 1250, 1250, 1300, 1300].map((nowMs) => pacer.take(nowMs))).toEqual([
      0,
      100,
      0,
      50,
      100,
      undefined,
    ]);
  });

  it('has slots until the time is up', () => {
    const pacer = new Pacer(null, { kind: 'duration', durationMs: 500 }, 0);
    expect([0, 1, 499.9, 500, 1000].map((nowMs) => pacer.take(nowMs))).toEqual([0, 0, 0, undefined, undefined]);
  });

  it('has rate times seconds slots for a server that keeps up', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 10 }), (rate, seconds) => {
        const pacer = new Pacer(rate, { kind: 'duration', durationMs: seconds * 1000 }, 0);
        let nowMs = 0;
        let slots = 0;
        for (let waitMs = pacer.take(nowMs); waitMs !== undefined; waitMs = pacer.take(nowMs)) {
          nowMs += waitMs;
          slots += 1;
        }
        expect(slots).toBe(rate * seconds);
      }),
    );
  });

  it('has none left once stopped', () => {
    const pacer = new Pacer(null, { kind: 'requests', count: 5 }, 0);
    pacer.stop();
    expect(pacer.take(0)).toBeUndefined();
  });
});
