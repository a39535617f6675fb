import { describe, expect, it } from '@jest/globals';
import { metricNames, withoutZeroFallback } from './promql.js';

describe('metricNames', () => {
  it.each([
    ['a name alone', 'up', ['up']],
    ['functions and ranges', 'sum(rate(a_total[5m])) / sum(rate(b_total[$__rate_interval]))', ['a_total', 'b_total']],
    ['labels and their values', 'a{b="c", d=~"e|f}"} == 0', ['a']],
    ['grouping before and after', 'sum by (x, y) (a) + sum(b) without(z)', ['a', 'b']],
    ['matching', 'a and on (x) b unless ignoring(y) c or d * on (x) group_left (z) e', ['a', 'b', 'c', 'd', 'e']],
    ['offsets, numbers and names with colons', 'a:b:c offset 5m > 1e3 and a > 2.5', ['a:b:c', 'a']],
    ['no name', 'vector(0)', []],
  ])('finds the series of %s', (_, expression, names) => {
    expect(metricNames(expression)).toEqual(names);
  });
});

describe('withoutZeroFallback', () => {
  it('leaves what can be empty', () => {
    expect(withoutZeroFallback('(sum(a) or vector(0)) / sum(b)')).toBe('(sum(a)) / sum(b)');
  });
});
