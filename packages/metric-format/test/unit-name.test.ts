import { expect, it } from '@jest/globals';
import { unitName } from '../src/unit-name.js';

it.each([
  ['s', 'seconds'],
  ['ms', 'milliseconds'],
  ['By', 'bytes'],
  ['1', undefined],
  ['', undefined],
  ['{request}', undefined],
  ['{request}/s', '/s'],
  ['furlong', 'furlong'],
])('%j is %s', (unit, name) => {
  expect(unitName(unit)).toBe(name);
});
