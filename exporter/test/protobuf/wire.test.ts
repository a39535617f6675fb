import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { double, readVarint, tag, utf8, varint, zigzag } from '../../src/protobuf/wire.js';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const written = (write: (writer: protobuf.Writer) => void): Buffer => {
  const writer = protobuf.Writer.create();
  write(writer);
  return Buffer.from(writer.finish());
};
const EDGES = [0, 1, 63, 64, 127, 128, 300, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53 - 1];
const whole = fc.oneof(fc.constantFrom(...EDGES), fc.maxSafeNat());

it('whole numbers are as protobufjs writes them', () => {
  fc.assert(fc.property(whole, (n) => expect(bytes(varint(n))).toEqual(written((w) => w.uint64(n)))));
});

it('whole numbers of either sign are as protobufjs writes them', () => {
  fc.assert(
    fc.property(whole, fc.boolean(), (n, isNegative) => {
      const value = isNegative ? -n : n;
      const exact = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
      expect(bytes(zigzag(value))).toEqual(written((w) => w.uint64(exact.toString())));
    }),
  );
});

it('doubles and texts are as protobufjs writes them', () => {
  fc.assert(fc.property(fc.double(), (value) => expect(bytes(double(value))).toEqual(written((w) => w.double(value)))));
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) =>
      expect(Buffer.concat([bytes(varint(utf8(text).length)), bytes(utf8(text))])).toEqual(
        written((w) => w.string(text)),
      ),
    ),
  );
});

it('tags of fields above 15 have two bytes', () => {
  expect(bytes(tag(15, 'bytes'))).toEqual(Buffer.from([0x7a]));
  expect(bytes(tag(16, 'bytes'))).toEqual(Buffer.from([0x82, 0x01]));
});

it('what is written is read', () => {
  fc.assert(
    fc.property(fc.nat(2 ** 32 - 1), fc.nat(5), (n, before) => {
      const text = 'x'.repeat(before) + varint(n);
      expect(readVarint(bytes(`${text}x`), before)).toEqual({ value: n, end: text.length });
    }),
  );
});
