import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { ByteWriter } from '../../src/protobuf/byte-writer.js';

const written = (write: (writer: protobuf.Writer) => void): Buffer => {
  const writer = protobuf.Writer.create();
  write(writer);
  return Buffer.from(writer.finish());
};
const EDGES = [0, 1, 127, 128, 16_383, 16_384, 2 ** 31, 2 ** 32, 2 ** 53 - 1];

it('numbers are as protobufjs writes them', () => {
  const writer = new ByteWriter();
  fc.assert(
    fc.property(fc.oneof(fc.constantFrom(...EDGES), fc.maxSafeNat()), (n) => {
      writer.varint(n);
      expect(writer.take()).toEqual(written((w) => w.uint64(n)));
    }),
  );
  fc.assert(
    fc.property(fc.double(), (value) => {
      writer.double(value);
      expect(writer.take()).toEqual(written((w) => w.double(value)));
    }),
  );
});

it('texts are as protobufjs writes them', () => {
  const writer = new ByteWriter();
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
      writer.text(text);
      expect(writer.take()).toEqual(written((w) => w.string(text)));
    }),
  );
});

it.each([0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152])(
  'a message of %d bytes has its length before it',
  (length) => {
    const writer = new ByteWriter();
    const content = Buffer.alloc(length, 'redmeter');
    writer.tag(7);
    const outer = writer.open();
    const inner = writer.open();
    writer.copy(content);
    writer.close(inner);
    writer.tag(9);
    writer.close(outer);
    const bytes = written((w) => {
      w.uint32(7).fork().bytes(content).uint32(9).ldelim();
    });
    expect(Buffer.compare(writer.take(), bytes)).toBe(0);
  },
);

it('begins anew after what was taken', () => {
  const writer = new ByteWriter();
  writer.text('first');
  const first = writer.take();
  expect(writer.length).toBe(0);
  writer.text('second');
  expect(writer.length).toBe(7);
  expect(writer.take().toString('latin1', 1)).toBe('second');
  expect(first.toString('latin1', 1)).toBe('first');
});
