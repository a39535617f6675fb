import { expect, it } from '@jest/globals';
import { halfSipHash } from '../../../src/series/keys/half-sip-hash.js';

// Of the bytes 0, 1, 2, … under the key of the bytes 0 to 7, by their number: lib/tests/siphash_kunit.c in Linux, for 32 bits.
const PUBLISHED = [
  0x5814c896, 0xe7e864ca, 0xbc4b0e30, 0x01539939, 0x7e059ea6, 0x88e3d89b, 0xa0080b65, 0x9d38d9d6, 0x577999b1,
  0xc839caed, 0xe4fa32cf, 0x959246ee, 0x6b28096c, 0x66dd9cd6, 0x16658a7c, 0xd0257b04, 0x8b31d501,
];
const KEY = { low: 0x03020100, high: 0x07060504 };

it('is what is published', () => {
  const bytes = String.fromCharCode(...PUBLISHED.keys());
  expect(PUBLISHED.map((_, length) => halfSipHash(KEY, bytes.slice(0, length)))).toEqual(PUBLISHED);
});
