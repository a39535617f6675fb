import { describe, expect, it } from '@jest/globals';
import { decodeUtf8 } from '@redmeter/metric-format';
import fc from 'fast-check';

describe('decodeUtf8', () => {
  it('gives any text back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(decodeUtf8(Buffer.from(text))).toBe(text);
      }),
    );
  });

  it('keeps a byte order mark', () => {
    expect(decodeUtf8(Buffer.from('\ufeff5'))).toBe('\ufeff5');
  });

  it.each(['ff', '80', 'c3', 'c0af', 'e09f80', 'eda080', 'f08f8080', 'f4908080', 'e282'])('refuses %s', (hex) => {
    expect(decodeUtf8(Buffer.from(hex, 'hex'))).toBeUndefined();
  });
});
