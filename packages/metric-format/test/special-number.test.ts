import { describe, expect, it } from '@jest/globals';
import { readSpecialNumber, readTime } from '@redmeter/metric-format';

describe('readSpecialNumber', () => {
  it.each([
    [5, 5],
    [-0, -0],
    ['NaN', Number.NaN],
    ['+Inf', Number.POSITIVE_INFINITY],
    ['-Inf', Number.NEGATIVE_INFINITY],
    ['Inf', undefined],
    ['nan', undefined],
    ['5', undefined],
    [Number.POSITIVE_INFINITY, undefined],
    [null, undefined],
    [{}, undefined],
  ])('of %p is %p', (value, expected) => {
    expect(readSpecialNumber(value)).toBe(expected);
  });
});

describe('readTime', () => {
  it.each([
    [0, 0],
    [1.5, 1.5],
    [-1, undefined],
    [Number.POSITIVE_INFINITY, undefined],
    ['5', undefined],
    [null, undefined],
  ])('of %p is %p', (value, expected) => {
    expect(readTime(value)).toBe(expected);
  });
});
