import { describe, expect, it } from '@jest/globals';
import { parseDurationMs } from '../../src/spec/duration.js';

describe('a duration', () => {
  it.each([
    ['500ms', 500],
    ['5s', 5000],
    ['1.5s', 1500],
    ['1m30s', 90_000],
    ['2h', 7_200_000],
    ['10', undefined],
    ['0s', undefined],
    ['-1s', undefined],
    ['5 s', undefined],
    ['', undefined],
  ])('%j is %p ms', (text, expected) => {
    expect(parseDurationMs(text)).toBe(expected);
  });
});
