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

it('finds label sets of several orders and lengths, each only by all its labels', () => {
  const memo = new LabelMemo<string>();
  const sets: readonly Record<string, string | number>[] = [
    { a: '1' },
    { a: '1', b: '2' },
    { b: '2', a: '1' },
    { a: '1', b: 2 },
    { a: '2', b: '2' },
    { c: '1' },
  ];
  for (const labels of sets) for (let i = 0; i < 8; i += 1) memo.remember(labels, JSON.stringify(labels));
  const found = sets.map((labels) => memo.find({ ...labels }));
  // At most four shapes are kept: the fourth one, of c, found room.
  expect(found).toEqual(sets.map((labels) => JSON.stringify(labels)));
  for (const other of [{}, { a: '3' }, { b: '2' }, { a: '1', b: '2', c: '1' }, { a: 1 }, { a: '1', b: '3' }]) {
    expect(memo.find(other)).toBeUndefined();
  }
});

it('goes on to remember when there are more orders of labels than it keeps', () => {
  const memo = new LabelMemo<number>();
  for (let i = 0; i < 100; i += 1) for (let j = 0; j < 8; j += 1) memo.remember({ [`l${i}`]: 'x' }, i);
  expect(memo.find({ l99: 'x' })).toBe(99);
  expect(memo.find({ l0: 'x' })).toBeUndefined();
  memo.clear();
  expect(memo.find({ l99: 'x' })).toBeUndefined();
});
