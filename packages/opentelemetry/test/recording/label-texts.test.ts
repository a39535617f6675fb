import { expect, it } from '@jest/globals';
import { labelsOf } from '../../src/recording/label-texts.js';

const circular: { self?: unknown } = {};
circular.self = circular;

it.each<[string, unknown, unknown]>([
  ['text', 'a "b"', 'a "b"'],
  ['a large integer', 2n ** 70n, '1180591620717411303424'],
  ['nothing', undefined, ''],
  ['null', null, ''],
  ['a list', ['a', 1, true, null, undefined], '["a",1,true,null,null]'],
  ['a list of what JSON has no numbers for', [Number.NaN, Infinity, 5n], '["NaN","Infinity","5"]'],
  ['a map', { b: { c: [1] }, a: 'x' }, '{"b":{"c":[1]},"a":"x"}'],
  ['bytes', new Uint8Array([0, 255, 16]), 'AP8Q'],
  ['bytes in a list', [new Uint8Array([1])], '["AQ=="]'],
  ['what refers to itself', circular, circular],
])('writes %s', (_title, value, text) => {
  expect(labelsOf({ name: value })).toEqual({ name: text });
});

it.each([1e21, -Infinity, true])('leaves %s to the library, which writes it as text', (value) => {
  expect(labelsOf({ name: value })).toEqual({ name: value });
});

it('takes a name such as __proto__ as any other', () => {
  expect(Object.entries(labelsOf(JSON.parse('{"__proto__":"x","a":"y"}') as Record<string, unknown>))).toEqual([
    ['__proto__', 'x'],
    ['a', 'y'],
  ]);
});
