import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EncodedCommand, type Argument } from '../../src/redis/encoded-command.js';

/** The arguments of a command as Redis reads them. */
function decode(bytes: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  let at = bytes.indexOf('\r\n') + 2;
  while (at < bytes.length) {
    const start = bytes.indexOf('\r\n', at) + 2;
    const end = start + Number(bytes.toString('latin1', at + 1, start - 2));
    parts.push(bytes.subarray(start, end));
    expect(bytes.toString('latin1', end, end + 2)).toBe('\r\n');
    at = end + 2;
  }
  expect(bytes.toString('latin1', 0, bytes.indexOf('\r\n'))).toBe(`*${parts.length}`);
  return parts;
}

const argument: fc.Arbitrary<Argument> = fc.oneof(
  fc.string({ maxLength: 700 }),
  fc.string({ unit: 'binary' }),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  fc.integer(),
);

it('has its name and arguments as Redis reads them: text as UTF-8, bytes as they are', () => {
  fc.assert(
    fc.property(fc.array(argument), (args) => {
      const command = new EncodedCommand('MGET', args, null);
      const expected = ['MGET', ...args].map((one) => (Buffer.isBuffer(one) ? one : Buffer.from(String(one))));
      expect(decode(command.toWritable())).toEqual(expected);
    }),
  );
});
