import { expect, it } from '@jest/globals';
import { LabelMemo } from '../../../src/recording/lookup/label-memo.js';

const MAX_ENTRIES = 1024;

function foundIn(memo: LabelMemo<number>): number {
  return Array.from({ length: 20_000 }, (_, i) => memo.find({ i })).filter((item) => item !== undefined).length;
}

it('remembers 1,024 label sets in the process, those of metrics that are no longer asked for included', () => {
  const memos = Array.from({ length: 10 }, () => new LabelMemo<number>());
  for (const memo of memos) {
    for (let i = 0; i < 8 * 1000; i += 1) memo.remember({ i }, i);
    const counts = memos.map(foundIn);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(MAX_ENTRIES);
  }
  expect(Math.max(...memos.map(foundIn))).toBeGreaterThan(100);
});

it('frees the memory of released batches', () => {
  const [lasting, passing] = [new LabelMemo<number>(), new LabelMemo<number>()];
  // The first to remember anything after the test before, too.
  for (let i = 0; i < 8 * MAX_ENTRIES; i += 1) lasting.remember({ i }, i);
  lasting.clear();
  for (let i = 0; i < 8; i += 1) lasting.remember({ i: 1 }, 1);
  for (let round = 0; round < 100; round += 1) {
    for (let i = 0; i < 8 * 100; i += 1) passing.remember({ i }, i);
    passing.clear();
  }
  expect(lasting.find({ i: 1 })).toBe(1);
});
