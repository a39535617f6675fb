import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { KeyStore } from '../../../src/series/keys/key-store.js';

const HEADS = ['', 'metrics:counter:jobs:', `metrics:gauge:${'long_'.repeat(60)}:`];
const anyKey = fc.record({
  head: fc.constantFrom(...HEADS),
  // Bytes above 127 too, and more than one byte of length.
  rest: fc.oneof(
    fc.integer({ min: 0, max: 300 }).map((n) => `q=${n}`),
    fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)), maxLength: 300 }),
  ),
});

describe('a store of keys', () => {
  it('knows which slot has which key, after keys came and went', () => {
    const step = fc.record({ kind: fc.constantFrom('add', 'add', 'delete'), key: anyKey, slot: fc.nat(40) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const store = new KeyStore();
        const expected = new Map<number, string>();
        for (const { kind, key, slot } of steps) {
          const text = key.head + key.rest;
          if (kind === 'delete' && expected.has(slot)) {
            store.delete(slot);
            expected.delete(slot);
          } else if (kind === 'add' && !expected.has(slot) && ![...expected.values()].includes(text)) {
            store.add(slot, text, key.head.length);
            expected.set(slot, text);
          }
          expect(store.size).toBe(expected.size);
          expect(store.isAt(slot, text)).toBe(expected.get(slot) === text);
        }
        for (const [slot, text] of expected) {
          expect(store.at(slot)).toBe(text);
          const argument = store.argument(slot);
          expect(argument).toEqual(/^[\u0000-\u007f]*$/.test(text) ? text : Buffer.from(text, 'latin1'));
          expect(store.find(text)).toBe(slot);
          expect(store.find(`${text}.`)).toBe([...expected].find(([, other]) => other === `${text}.`)?.[0] ?? -1);
        }
      }),
    );
  });

  it('finds each of many keys, also when others were let go among them', () => {
    const COUNT = 20_000;
    const store = new KeyStore();
    const head = 'metrics:counter:jobs_total:';
    const keyOf = (i: number, round: number): string => `${head}q=${i},round=${round}`;
    for (let slot = 0; slot < COUNT; slot += 1) store.add(slot, keyOf(slot, 0), head.length);
    for (let round = 1; round <= 5; round += 1) {
      for (let slot = 0; slot < COUNT; slot += 2) {
        store.delete(slot);
        store.add(slot, keyOf(slot, round), head.length);
      }
    }
    for (let slot = 0; slot < COUNT; slot += 1) {
      const round = slot % 2 === 0 ? 5 : 0;
      expect(store.find(keyOf(slot, round))).toBe(slot);
      expect(store.at(slot)).toBe(keyOf(slot, round));
      expect(store.find(keyOf(slot, 4))).toBe(-1);
    }
    expect(store.size).toBe(COUNT);
  });

  it('keeps a beginning for as long as one key has it, and gives its number to another then', () => {
    const store = new KeyStore();
    store.add(0, 'metrics:counter:a:q=1', 18);
    store.add(1, 'metrics:counter:a:q=2', 18);
    store.delete(0);
    store.add(0, 'metrics:counter:b:q=1', 18);
    expect([store.at(0), store.at(1)]).toEqual(['metrics:counter:b:q=1', 'metrics:counter:a:q=2']);
    store.delete(1);
    store.add(1, 'metrics:counter:c:q=2', 18);
    expect([store.at(0), store.at(1)]).toEqual(['metrics:counter:b:q=1', 'metrics:counter:c:q=2']);
    expect(store.find('metrics:counter:a:q=2')).toBe(-1);
  });
});
