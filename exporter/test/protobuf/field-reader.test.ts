import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { FieldReader } from '../../src/protobuf/field-reader.js';

const kinds = fc.oneof(
  fc.record({ kind: fc.constant('varint' as const), value: fc.maxSafeNat() }),
  fc.record({ kind: fc.constant('double' as const), value: fc.double() }),
  fc.record({ kind: fc.constant('bytes' as const), value: fc.uint8Array({ maxLength: 300 }) }),
);

it('reads what protobufjs wrote, and only that', () => {
  const reader = new FieldReader();
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 100 }), kinds)), fc.nat(10), (fields, before) => {
      const writer = protobuf.Writer.create();
      for (const [field, { kind, value }] of fields) {
        if (kind === 'varint') writer.uint32(field * 8).uint64(value);
        else if (kind === 'double') writer.uint32(field * 8 + 1).double(value);
        else writer.uint32(field * 8 + 2).bytes(value);
      }
      const message = Buffer.from(writer.finish());
      const bytes = Buffer.concat([Buffer.alloc(before, 0xff), message, Buffer.alloc(20, 0xff)]);
      reader.begin(bytes, before, before + message.length);
      for (const [field, { kind, value }] of fields) {
        expect(reader.next()).toBe(true);
        expect(reader.field).toBe(field);
        if (kind === 'bytes') expect(bytes.subarray(reader.start, reader.end)).toEqual(Buffer.from(value));
        else expect(reader.number).toBe(value);
      }
      expect(reader.next()).toBe(false);
    }),
  );
});
