import { expect, it } from '@jest/globals';
import type { Label } from '@redmeter/metric-format';
import fc from 'fast-check';
import { LabelIndex } from '../src/label-index.js';

const labels = fc
  .dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('1', '2', '=,'), { maxKeys: 4 })
  .map((object) => Object.entries(object).sort(([x], [y]) => (x < y ? -1 : 1)));

it('finds, forgets and lists what a map by the labels as text does', () => {
  const change = fc.record({ remove: fc.boolean(), labels });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), fc.array(labels), (changes, asked) => {
      const index = new LabelIndex<number>();
      const model = new Map<string, number>();
      changes.forEach(({ remove, labels: changed }, i) => {
        const key = JSON.stringify(changed);
        if (remove) {
          index.delete(changed);
          model.delete(key);
        } else {
          index.set(changed, i);
          model.set(key, i);
        }
      });
      expect(index.size).toBe(model.size);
      expect([...index.values()].sort()).toEqual([...model.values()].sort());
      for (const each of [...asked, ...changes.map((one) => one.labels)]) {
        const expected = model.get(JSON.stringify(each));
        expect(index.get(each)).toBe(expected);
        expect(index.find(Object.fromEntries(each))).toBe(expected);
      }
    }),
  );
});

it('finds by an object only where its labels are texts in the order of their names', () => {
  const index = new LabelIndex<string>();
  const sorted: Label[] = [
    ['a', '1'],
    ['b', '2'],
  ];
  index.set(sorted, 'found');
  expect(index.find({ a: '1', b: '2' })).toBe('found');
  expect(index.find({ b: '2', a: '1' })).toBeUndefined();
  expect(index.find({ a: 1, b: '2' })).toBeUndefined();
});
