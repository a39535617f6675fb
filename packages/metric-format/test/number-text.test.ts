import { describe, expect, it } from '@jest/globals';
import { formatLe, formatNumber } from '@redmeter/metric-format';
import fc from 'fast-check';

describe('formatNumber', () => {
  it.each([
    [0, '0'],
    [-0, '-0'],
    [5, '5'],
    [0.1 + 0.2, '0.30000000000000004'],
    [2 ** 53, '9007199254740992'],
    [1e15, '1e+15'],
    [999_999_999_999_999, '999999999999999'],
    [123_456.789, '123456.789'],
    [1e-5, '1e-05'],
    [0.0001, '0.0001'],
    [1e23, '1e+23'],
    [5e-324, '4.94065645841247e-324'],
    [Number.MAX_VALUE, '1.7976931348623157e+308'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
  ])('writes %p as %s', (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });

  it('writes what reads back to the same double', () => {
    fc.assert(
      fc.property(fc.double({ noDefaultInfinity: true, noNaN: true }), (value) => {
        expect(Number(formatNumber(value))).toBe(value);
      }),
      { numRuns: 5000 },
    );
  });
});

describe('formatLe', () => {
  it.each([
    [5, '5.0'],
    [0, '0.0'],
    [-0, '0.0'],
    [-1, '-1.0'],
    [0.25, '0.25'],
    [0.005, '0.005'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [100_000, '100000.0'],
    [999_999.5, '999999.5'],
    [1e6, '1e+06'],
    [1_234_567, '1.234567e+06'],
    [1e21, '1e+21'],
    [1e100, '1e+100'],
    [5e-324, '5e-324'],
    [1 / 3, '0.3333333333333333'],
    [0.1 + 0.2, '0.30000000000000004'],
    [Number.POSITIVE_INFINITY, '+Inf'],
  ])('writes %p as %s', (bound, text) => {
    expect(formatLe(bound)).toBe(text);
  });

  it('writes what reads back to the same double, and shows that it is one', () => {
    fc.assert(
      fc.property(fc.double({ noDefaultInfinity: true, noNaN: true }), (bound) => {
        const text = formatLe(bound);
        expect(Number(text) === bound).toBe(true);
        expect(text).toMatch(/[.e]/);
      }),
      { numRuns: 5000 },
    );
  });
});
