import { expect, it } from '@jest/globals';
import { lastWhere } from '../../../src/assess/statistics/last-where.js';

it('finds the last number for which the condition holds', () => {
  for (let from = 0; from <= 3; from += 1) {
    for (let last = from; last <= 9; last += 1) {
      expect(lastWhere(from, 9, (count) => count <= last)).toBe(last);
    }
  }
});
