import { describe, expect, it } from '@jest/globals';
import { parseDurationMs } from '../../src/spec/duration.js';

describe('a duration', () => {
  it.each([
    ['500ms', 500],
    ['5s', 5000],
    ['1.5s', 1500],
    ['1m30s', 90_000],
    ['2h', 7_200_000],
    ['1.1h', 3_960_000],
    ['.5s', 500],
    ['2500us', 3],
    ['2500\u00b5s', 3],
    ['2500\u03bcs', 3],
    ['1ns', 1],
    ['10', undefined],
    ['1.2.3s', undefined],
    ['.s', undefined],
    ['0s', undefined],
    ['-1s', undefined],
    ['5 s', undefined],
    ['', undefined],
  ])('%j is %p ms', (text, expected) => {
    expect(parseDurationMs(text)).toBe(expected);
  });
});
