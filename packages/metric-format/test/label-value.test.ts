import { describe, expect, it } from '@jest/globals';
import { decodeLabelValue, encodeLabelValue } from '@redmeter/metric-format';
import fc from 'fast-check';

/** As the bytes of a key arrive, one a character. */
function bytes(text: string): string {
  return Buffer.from(text).toString('latin1');
}

describe('label values', () => {
  it('decode to what was encoded', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (value) => {
        expect(decodeLabelValue(bytes(encodeLabelValue(value)))).toEqual({
          text: value,
          byteLength: Buffer.byteLength(value),
        });
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['%', '%'],
    ['%4', '%4'],
    ['%4g', '%4g'],
    ['%%41', '%A'],
    ['%2541', '%41'],
    ['%c3%BC', 'ü'],
    ['', ''],
  ])('keep a broken escape as it stands: %s', (encoded, text) => {
    expect(decodeLabelValue(encoded).text).toBe(text);
  });

  it('give the length of what is not UTF-8', () => {
    expect(decodeLabelValue('%FF%fe')).toEqual({ text: undefined, byteLength: 2 });
  });
});
