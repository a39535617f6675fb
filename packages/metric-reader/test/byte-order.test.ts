import { describe, expect, it } from '@jest/globals';
import { compareBytes } from '@redmeter/metric-reader';
import fc from 'fast-check';

describe('compareBytes', () => {
  it.each([
    ['', 'a'],
    ['B', 'a'],
    ['a', 'aa'],
    ['a', '\u00e9'],
    ['\ud7ff', '\ue000'],
    ['\ue000', '\u{1f680}'],
    ['\uffff', '\u{10000}'],
    ['x\u{1f680}', 'x\u{1f681}'],
  ])('puts %j before %j', (a, b) => {
    expect(compareBytes(a, b)).toBeLessThan(0);
    expect(compareBytes(b, a)).toBeGreaterThan(0);
  });

  it('orders as the UTF-8 bytes are ordered', () => {
    const text = fc.string({ unit: 'binary', maxLength: 5 });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      { numRuns: 2000 },
    );
  });
});
