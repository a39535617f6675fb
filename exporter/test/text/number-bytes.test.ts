import { formatNumber } from '@redmeter/metric-format';
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NumberBytes } from '../../src/text/number-bytes.js';

const numbers = new NumberBytes();

function bytesOf(value: number): string {
  numbers.set(value);
  return numbers.bytes.toString('latin1', numbers.start, numbers.end);
}

it('writes every number as formatNumber does', () => {
  const few = fc
    .tuple(fc.maxSafeInteger(), fc.constantFrom(1, 10, 100, 1000, 10_000))
    .map(([whole, scale]) => whole / scale);
  const small = fc.tuple(fc.integer(), fc.constantFrom(10, 1000)).map(([whole, scale]) => whole / scale);
  fc.assert(
    fc.property(fc.oneof(fc.double(), fc.integer(), few, small), (value) => {
      expect(bytesOf(value)).toBe(formatNumber(value));
    }),
    { numRuns: 2000 },
  );
});

it.each([
  [0, '0'],
  [-0, '-0'],
  [0.001, '0.001'],
  [-0.01, '-0.01'],
  [0.0001, '0.0001'],
  [1.5, '1.5'],
  [-120.25, '-120.25'],
  [999_999_999_999.999, '999999999999.999'],
  [999_999_999_999_999, '999999999999999'],
  [1e15, '1e+15'],
  [0.1 + 0.2, '0.30000000000000004'],
  [Number.MAX_VALUE, '1.7976931348623157e+308'],
  [5e-324, '4.94065645841247e-324'],
  [Number.NaN, 'NaN'],
  [Number.NEGATIVE_INFINITY, '-Inf'],
])('writes %d', (value, text) => {
  expect(bytesOf(value)).toBe(text);
});
