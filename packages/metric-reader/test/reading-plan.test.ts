import { describe, expect, it } from '@jest/globals';
import { planReading } from '@redmeter/metric-reader';

function plan(keys: readonly string[], maxSeries: number): { chosen: string[]; truncated: readonly string[] } {
  const listing = { keys: keys.map((key) => Buffer.from(`metrics:counter:${key}`)), isScanDisabled: false };
  const { families, truncated } = planReading(listing, { maxSeries });
  return { chosen: families.map(({ name }) => name), truncated };
}

describe('planReading', () => {
  it.each([
    [4, ['a', 'b', 'redmeter_writer_x'], []],
    [3, ['a', 'redmeter_writer_x'], ['b']],
    [2, ['b', 'redmeter_writer_x'], ['a']],
    [1, ['redmeter_writer_x'], ['a', 'b']],
    [0, [], ['a', 'b', 'redmeter_writer_x']],
  ])('with room for %i series takes whole families, its own first', (room, chosen, truncated) => {
    expect(plan(['b', 'a:x=1', 'redmeter_writer_x', 'a:x=2'], room)).toEqual({ chosen, truncated });
  });

  it('does not look at the labels of what is left out', () => {
    const keys = ['metrics:counter:a:le=1', 'metrics:counter:a:x', 'metrics:nonsense'].map((key) => Buffer.from(key));
    const skips = (maxSeries: number): [string, number][] =>
      [...planReading({ keys, isScanDisabled: false }, { maxSeries }).skipped.entries()].filter(([, n]) => n > 0);
    expect(skips(1)).toEqual([['malformed_key', 1]]);
    expect(skips(2)).toEqual([
      ['malformed_key', 1],
      ['malformed_label', 1],
      ['reserved_label', 1],
    ]);
  });
});
