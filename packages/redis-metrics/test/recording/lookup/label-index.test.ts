import { expect, it } from '@jest/globals';
import { buildSeriesKey, type Label } from '@redmeter/metric-format';
import fc from 'fast-check';
import { LabelIndex, type Keyed } from '../../../src/recording/lookup/label-index.js';

const LABELS = fc
  .dictionary(fc.constantFrom('a', 'ab', 'c', 'd'), fc.constantFrom('1', '2', '=,', 'a=1,b=2', 'é', 'b'), {
    maxKeys: 4,
  })
  .map((object) => Object.entries(object).sort(([x], [y]) => (x < y ? -1 : 1)));

function series(labels: readonly Label[], tag?: string): Keyed {
  return { key: buildSeriesKey(tag === undefined ? { prefix: 'm' } : { prefix: 'm', tag }, 'counter', 'x', labels) };
}

/** Whether each value stands in a key as it is. */
function arePlain(labels: readonly Label[]): boolean {
  return labels.every(([, value]) => !/[=,]/.test(value));
}

it('finds, forgets and lists what a map by the keys does', () => {
  const change = fc.record({ remove: fc.boolean(), labels: LABELS });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 200 }), fc.array(LABELS), (changes, asked) => {
      const index = new LabelIndex();
      const model = new Map<string, Keyed>();
      for (const { remove, labels } of changes) {
        const item = series(labels);
        if (remove) {
          index.delete(item.key);
          model.delete(item.key);
        } else {
          index.set(item);
          model.set(item.key, item);
        }
      }
      expect(index.size).toBe(model.size);
      expect(new Set(index.values())).toEqual(new Set(model.values()));
      for (const labels of [...asked, ...changes.map((one) => one.labels)]) {
        const { key } = series(labels);
        expect(index.get(key)).toBe(model.get(key));
        expect(index.find(Object.fromEntries(labels))).toBe(arePlain(labels) ? model.get(key) : undefined);
      }
    }),
  );
});

it('finds each of many, whatever stands in front of their labels', () => {
  const index = new LabelIndex();
  const items = Array.from({ length: 5000 }, (_, i) => series([['i', String(i)]], i % 2 === 0 ? undefined : `${i}`));
  for (const item of items) index.set(item);
  items.forEach((item, i) => {
    expect(index.get(item.key)).toBe(item);
    expect(index.find({ i: String(i) })).toBe(item);
  });
  for (const { key } of items.slice(0, 4000)) index.delete(key);
  expect([...index.values()].length).toBe(1000);
  expect(items.filter(({ key }) => index.get(key) !== undefined)).toEqual(items.slice(4000));
});

it('finds by an object only if its labels are in the order of their names', () => {
  const index = new LabelIndex();
  const item = series([
    ['a', '1'],
    ['b', 'true'],
  ]);
  index.set(item);
  expect(index.find({ a: '1', b: 'true' })).toBe(item);
  expect(index.find({ a: 1, b: true })).toBe(item);
  expect(index.find({ b: 'true', a: '1' })).toBeUndefined();
  expect(index.find({ a: '1' })).toBeUndefined();
  expect(index.find({ 'a=1,b': 'true' })).toBeUndefined();
  index.set(series([['a', '1']]));
  expect(index.find({ 'x:a': '1' })).toBeUndefined();
});

it('finds by labels in any order after remember(), until the series is removed', () => {
  const index = new LabelIndex();
  const item = series([
    ['a', '1'],
    ['b', '=,'],
  ]);
  index.set(item);
  const labels = { b: '=,', a: '1' };
  for (let i = 0; i < 50; i += 1) index.remember(labels, item);
  expect(index.find(labels)).toBe(item);
  index.delete(item.key);
  expect(index.find(labels)).toBeUndefined();
});

it('lists the series that stay while others are removed', () => {
  const index = new LabelIndex();
  const items = Array.from({ length: 100 }, (_, i) => series([['i', String(i)]]));
  for (const item of items) index.set(item);
  const seen = new Set<Keyed>();
  let count = 0;
  for (const item of index.values()) {
    seen.add(item);
    count += 1;
    if (count % 3 === 0) index.delete(item.key);
    if (count % 5 === 0) index.set(series([['new', String(count)]]));
  }
  expect(items.filter((item) => !seen.has(item))).toEqual([]);
});
