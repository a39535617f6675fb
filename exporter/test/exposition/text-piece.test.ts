import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { gunzipSync } from 'node:zlib';
import { gzipOf } from '../../src/exposition/deflated-piece.js';
import { TextPiece } from '../../src/exposition/text-piece.js';

describe('a piece of text', () => {
  it('with some blocks changed is what it would be made anew', () => {
    const blocks = fc.array(fc.string({ unit: 'grapheme', maxLength: 5 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(
        blocks,
        fc.array(fc.dictionary(fc.nat(7).map(String), fc.string({ maxLength: 5 }))),
        (before, rounds) => {
          const texts = [...before];
          let piece = TextPiece.of(texts);
          for (const round of rounds) {
            const changes = Object.entries(round)
              .map(([index, text]) => ({ index: Number(index), text }))
              .filter(({ index }) => index < texts.length);
            for (const { index, text } of changes) texts[index] = text;
            piece = piece.with(changes);
            expect(piece.bytes.toString()).toBe(texts.join(''));
          }
        },
      ),
    );
  });

  it('stays itself, compressed already, when nothing is different', () => {
    const piece = TextPiece.of(['a 1\n', 'b 2\n']);
    expect(piece.with([{ index: 1, text: 'b 2\n' }])).toBe(piece);
  });
});

describe('compressed pieces in a row', () => {
  it('are one gzip member', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ maxLength: 300 }), { maxLength: 20 }), async (texts) => {
        const pieces = await Promise.all(texts.map(async (text) => TextPiece.of([text]).deflated()));
        const gzip = Buffer.concat(gzipOf(pieces));
        expect(gunzipSync(gzip).toString()).toBe(texts.join(''));
        expect(gzip.indexOf(Buffer.from([0x1f, 0x8b, 8]), 1)).toBe(-1);
      }),
    );
  });
});
