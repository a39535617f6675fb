import { describe, expect, it } from '@jest/globals';
import { addNative, nativeCount, nativeQuantile, type NativeBuckets } from '@redmeter/metric-format';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Answers {
  readonly quantileOf: readonly number[];
  readonly quantiles: readonly { readonly histogram: NativeBuckets; readonly quantiles: readonly string[] }[];
  readonly additions: readonly {
    readonly one: NativeBuckets;
    readonly other: NativeBuckets;
    readonly sum: NativeBuckets;
  }[];
}

const answers = JSON.parse(readFileSync(join(__dirname, 'prometheus-answers/answers.json'), 'utf8')) as Answers;
const NOTHING = { indexes: [], counts: [] };

describe('nativeQuantile', () => {
  it('answers as Prometheus 3 does, to the last bit', () => {
    const ours = answers.quantiles.map(({ histogram }) =>
      answers.quantileOf.map((q) => nativeQuantile(q, histogram, 1)),
    );
    // Go writes an infinity as +Inf.
    const number = (text: string): number => Number(text.replace('Inf', 'Infinity'));
    expect(ours).toEqual(answers.quantiles.map(({ quantiles }) => quantiles.map(number)));
    expect(ours.length).toBeGreaterThan(100);
  });

  it('has no answer without observations', () => {
    const empty = { schema: 3, zeroThreshold: 0, zeroCount: 0, positive: NOTHING, negative: NOTHING };
    expect(nativeQuantile(0.5, empty, 0)).toBeUndefined();
  });

  it('stays within the buckets where the sum is not a number', () => {
    const some = {
      schema: 0,
      zeroThreshold: 0,
      zeroCount: 0,
      positive: { indexes: [1, 9], counts: [9, 1] },
      negative: NOTHING,
    };
    expect(nativeQuantile(0.5, some, Number.NaN)).toBeGreaterThan(1);
    expect(nativeQuantile(0.5, some, Number.NaN)).toBeLessThan(2);
  });
});

describe('addNative', () => {
  it('adds as Prometheus 3 does: schemas, zero thresholds and counts', () => {
    expect(answers.additions.map(({ one, other }) => addNative(one, other))).toEqual(
      answers.additions.map(({ sum }) => sum),
    );
    expect(answers.additions.length).toBeGreaterThan(50);
  });

  it('loses no observation', () => {
    for (const { one, other } of answers.additions) {
      expect(nativeCount(addNative(one, other))).toBe(nativeCount(one) + nativeCount(other));
    }
  });
});
