import { describe, expect, it } from '@jest/globals';
import { formatNumber } from '@redmeter/metric-format';
import fc from 'fast-check';
import { gunzipSync } from 'node:zlib';
import { gzipOf } from '../../src/text/deflated-piece.js';
import { TextPiece } from '../../src/text/text-piece.js';

describe('a piece of text', () => {
  it('with some blocks changed equals a new one', () => {
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

  it('with other values at the ends of its lines equals a new one', () => {
    const line = fc.record({
      head: fc.constantFrom<string>('a', 'a{x="é b"}', 'b{y="1",z=" "}'),
      value: fc.oneof(fc.nat(), fc.double()),
    });
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1 }),
        fc.array(fc.dictionary(fc.nat(9).map(String), fc.oneof(fc.nat(), fc.double()))),
        (lines, rounds) => {
          const text = ({ head, value }: (typeof lines)[number]): string => `${head} ${formatNumber(value)}\n`;
          let piece = TextPiece.of(lines.map(text));
          for (const round of rounds) {
            const changes = Object.entries(round)
              .map(([index, value]) => ({ index: Number(index), value }))
              .filter(({ index }) => index < lines.length);
            for (const { index, value } of changes) lines[index] = { head: lines[index]?.head ?? '', value };
            piece = piece.withValues(
              changes.map(({ index }) => index),
              changes.map(({ value }) => value),
            );
            expect(piece.bytes.toString()).toBe(lines.map(text).join(''));
          }
        },
      ),
    );
  });

  it('with other doubles in its blocks equals a new one, compressed or not, and what is held stays', () => {
    const block = (value: number): string => {
      const bytes = Buffer.alloc(8);
      bytes.writeDoubleLE(value);
      return `block of a double, here: ${bytes.toString('latin1')}.`;
    };
    const place = (index: number): number => index * block(0).length + block(0).length - 9;
    const round = fc.record({
      values: fc.dictionary(fc.nat(199).map(String), fc.double(), { maxKeys: 40 }),
      isHeld: fc.boolean(),
      isAsked: fc.boolean(),
    });
    const inflated = (one: TextPiece): string => gunzipSync(Buffer.concat(gzipOf([one.deflated()]))).toString('latin1');
    fc.assert(
      fc.property(fc.array(round, { maxLength: 6 }), (rounds) => {
        const blocks = Array.from({ length: 200 }, (_, i) => block(i));
        let piece = TextPiece.of(blocks, 'latin1');
        for (const { values, isHeld, isAsked } of rounds) {
          const before = { piece, text: blocks.join('') };
          if (isHeld) piece.hold();
          const changes = Object.entries(values).map(([index, value]) => ({ index: Number(index), value }));
          for (const { index, value } of changes) blocks[index] = block(value);
          const indexes = changes.map(({ index }) => index);
          piece = piece.withDoubles(
            indexes,
            indexes.map(place),
            changes.map(({ value }) => value),
          );
          if (isHeld) {
            expect(before.piece.bytes.toString('latin1')).toBe(before.text);
            before.piece.release();
          }
          expect(piece.bytes.toString('latin1')).toBe(blocks.join(''));
          if (isAsked) expect(inflated(piece)).toBe(blocks.join(''));
        }
      }),
    );
  });

  it.each([
    ['as long as before', 'b 3\n'],
    ['longer', 'b 1234\n'],
  ])('leaves what is held as it is when a block becomes %s, and else writes over it', (_name, text) => {
    const piece = TextPiece.of(['a 1\n', 'b 2\n']);
    const held = piece.bytes;
    piece.hold();
    const next = piece.with([{ index: 1, text }]);
    expect(next.bytes.toString()).toBe(`a 1\n${text}`);
    expect(held.toString()).toBe('a 1\nb 2\n');
    piece.release();
    expect(piece.with([{ index: 1, text }])).toBe(piece);
    expect(piece.bytes.toString()).toBe(`a 1\n${text}`);
  });

  it('is compressed again when it changed', () => {
    const piece = TextPiece.of(['a 1\n', 'b 2\n']);
    const before = piece.deflated();
    const next = piece.with([{ index: 1, text: 'b 3\n' }]);
    expect(gunzipSync(Buffer.concat(gzipOf([before]))).toString()).toBe('a 1\nb 2\n');
    expect(gunzipSync(Buffer.concat(gzipOf([next.deflated()]))).toString()).toBe('a 1\nb 3\n');
  });

  it('compressed after each of some changes is what a new one is, held or not', () => {
    const line = (i: number, value: number): string => `events_total{endpoint="/items/${i}"} ${value}\n`;
    // Most rounds change few of its lines, which are coded by themselves; some change more.
    const round = fc.record({
      indexes: fc.oneof(
        { weight: 4, arbitrary: fc.uniqueArray(fc.nat(199), { maxLength: 12 }) },
        fc.uniqueArray(fc.nat(199), { minLength: 30, maxLength: 60 }),
      ),
      value: fc.double({ min: 0, noNaN: true }),
      isHeld: fc.boolean(),
      isAsked: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(round, { maxLength: 8 }), (rounds) => {
        const lines = Array.from({ length: 200 }, (_, i) => line(i, i));
        let piece = TextPiece.of(lines);
        const inflated = (one: TextPiece): string => gunzipSync(Buffer.concat(gzipOf([one.deflated()]))).toString();
        for (const { indexes, value, isHeld, isAsked } of rounds) {
          const before = { piece, text: lines.join('') };
          if (isHeld) piece.hold();
          const sorted = indexes.sort((a, b) => a - b);
          for (const i of sorted) lines[i] = line(i, value);
          piece = piece.with(sorted.map((i) => ({ index: i, text: line(i, value) })));
          if (isHeld) {
            expect(inflated(before.piece)).toBe(before.text);
            before.piece.release();
          }
          if (isAsked) expect(inflated(piece)).toBe(lines.join(''));
        }
        expect(inflated(piece)).toBe(lines.join(''));
      }),
    );
  });

  it('codes only changed lines again once it was compressed', () => {
    const piece = TextPiece.of(Array.from({ length: 1000 }, (_, i) => `events_total{endpoint="/items/${i}"} ${i}\n`));
    const whole = piece.deflated().data;
    const first = piece.with([{ index: 500, text: 'events_total{endpoint="/items/500"} 7\n' }]).deflated().data;
    const second = piece.with([{ index: 500, text: 'events_total{endpoint="/items/500"} 8\n' }]).deflated().data;
    expect(first.length).toBeLessThan(whole.length * 1.5);
    const differing = [...second].filter((byte, i) => byte !== first[i]).length;
    expect(differing).toBeGreaterThan(0);
    expect(differing).toBeLessThan(16);
  });

  it('stays compressed when nothing is different', () => {
    const piece = TextPiece.of(['a 1\n', 'b 2\n']);
    const deflated = piece.deflated();
    piece.with([{ index: 1, text: 'b 2\n' }]);
    expect(piece.deflated()).toBe(deflated);
  });
});

describe('compressed pieces in a row', () => {
  it('are one gzip member', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 300 }), { maxLength: 20 }), (texts) => {
        const pieces = texts.map((text) => TextPiece.of([text]).deflated());
        const gzip = Buffer.concat(gzipOf(pieces));
        expect(gunzipSync(gzip).toString()).toBe(texts.join(''));
        expect(gzip.indexOf(Buffer.from([0x1f, 0x8b, 8]), 1)).toBe(-1);
      }),
    );
  });
});
