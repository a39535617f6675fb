import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { inflateRawSync } from 'node:zlib';
import { CodedBlocks } from '../../../src/text/deflate/coded-blocks.js';

/** An empty last block. */
const END = Buffer.from([3, 0]);

/** Lines as an exposition has them, and bytes of any kind. */
const block = fc.oneof(
  fc
    .tuple(fc.constantFrom('a_total', 'requests_total', 'b'), fc.string({ maxLength: 6 }), fc.double())
    .map(([name, label, value]) => Buffer.from(`${name}{endpoint="/items/${label}",method="GET"} ${value}\n`)),
  fc
    .array(fc.nat(99_999), { maxLength: 4 })
    .map((values) => Buffer.from(values.map((value, i) => `x_bucket{le="${i}"} ${value}\n`).join(''))),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
);

function endsOf(blocks: readonly Buffer[]): Uint32Array {
  let end = 0;
  return Uint32Array.from(blocks, ({ length }) => (end += length));
}

function coded(blocks: readonly Buffer[]): CodedBlocks {
  return CodedBlocks.of(Buffer.concat(blocks), endsOf(blocks));
}

function inflated({ data }: CodedBlocks): Buffer {
  return inflateRawSync(Buffer.concat([data, END]));
}

describe('blocks coded one by one', () => {
  it('are what zlib inflates to their bytes, whichever change', () => {
    fc.assert(
      fc.property(
        fc.array(block, { minLength: 1, maxLength: 20 }),
        fc.array(fc.uniqueArray(fc.tuple(fc.nat(19), block), { selector: ([index]) => index, maxLength: 6 })),
        (before, rounds) => {
          const blocks = [...before];
          let piece = coded(blocks);
          expect(inflated(piece).equals(Buffer.concat(blocks))).toBe(true);
          for (const round of rounds) {
            const changes = round.filter(([index]) => index < blocks.length).sort(([a], [b]) => a - b);
            for (const [index, bytes] of changes) blocks[index] = bytes;
            piece = piece.update(
              Buffer.concat(blocks),
              endsOf(blocks),
              changes.map(([index]) => index),
            );
            expect(inflated(piece).equals(Buffer.concat(blocks))).toBe(true);
          }
        },
      ),
    );
  });

  it('can follow one another in one stream', () => {
    const lines = ['a 1\n', 'a 2\n'].map((line) => Buffer.from(line));
    const both = Buffer.concat([coded(lines).data, coded(lines).data, END]);
    expect(inflateRawSync(both).toString()).toBe('a 1\na 2\na 1\na 2\n');
  });

  it('refer to no byte farther away than deflate can', () => {
    const long = Buffer.from(Array.from({ length: 40_000 }, (_, i) => 32 + ((i * i) % 61)));
    const blocks = [long, Buffer.concat([Buffer.from('x'), long]), long];
    expect(inflated(coded(blocks)).equals(Buffer.concat(blocks))).toBe(true);
  });

  it('have codes of a length that deflate allows, even where bytes are as unlike in number as can be', () => {
    // The counts of Fibonacci make the deepest tree.
    const counts = [1, 1];
    for (let i = 2; i < 24; i += 1) counts.push((counts[i - 1] ?? 0) + (counts[i - 2] ?? 0));
    // No byte follows its like, so that none is a match.
    const bytes = counts.flatMap((count, i) => Array.from({ length: count }, () => 48 + i));
    const blocks = bytes.map((byte) => Buffer.from([byte]));
    expect(inflated(coded(blocks)).equals(Buffer.from(bytes))).toBe(true);
  });

  it('are coded anew where changes make them much larger than they were', () => {
    const line = (value: string): Buffer => Buffer.from(`a{b="c"} ${value}\n`);
    const blocks = Array.from({ length: 200 }, () => line('1'));
    const piece = coded(blocks);
    for (const index of blocks.keys()) blocks[index] = line(String(Math.sin(index)));
    const next = piece.update(Buffer.concat(blocks), endsOf(blocks), blocks.keys());
    expect(next).not.toBe(piece);
    expect(next.data.equals(coded(blocks).data)).toBe(true);
  });

  it('leave what was answered as it is', () => {
    const blocks = ['a 1\n', 'b 2\n', 'c 3\n'].map((line) => Buffer.from(line));
    const piece = coded(blocks);
    const { data } = piece;
    const copy = piece.copy();
    const changed = [blocks[0], Buffer.from('b 222\n'), blocks[2]].map((one) => one ?? Buffer.alloc(0));
    const next = piece.update(Buffer.concat(changed), endsOf(changed), [1]);
    expect(inflateRawSync(Buffer.concat([data, END])).toString()).toBe('a 1\nb 2\nc 3\n');
    expect(inflated(copy).toString()).toBe('a 1\nb 2\nc 3\n');
    expect(inflated(next).toString()).toBe('a 1\nb 222\nc 3\n');
    const later = copy.update(Buffer.from('a 5\nb 2\nc 3\n'), new Uint32Array([4, 8, 12]), [0]);
    expect(inflated(later).toString()).toBe('a 5\nb 2\nc 3\n');
  });
});
