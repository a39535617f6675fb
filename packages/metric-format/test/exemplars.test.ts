import { describe, expect, it } from '@jest/globals';
import { parseExemplars, parseRecord } from '@redmeter/metric-format';

const GOOD = { labels: { trace_id: 'abc' }, value: 0.43, timestamp: 1000 };
const READ = { labels: [['trace_id', 'abc']], value: 0.43, timestampMs: 1000 };

describe('parseExemplars', () => {
  it('sorts labels by name', () => {
    expect(parseExemplars([{ ...GOOD, labels: { trace_id: 'abc', span_id: 'd' } }], 1)).toMatchObject([
      {
        labels: [
          ['span_id', 'd'],
          ['trace_id', 'abc'],
        ],
      },
    ]);
  });

  it('sorts names beyond ASCII by their bytes, as every reader does', () => {
    const labels = { '\u{1f600}': 'b', '\ue000': 'a', é: 'c' };
    const [read] = parseExemplars([{ ...GOOD, labels }], 1);
    expect(read?.labels.map(([name]) => name)).toEqual(['é', '\ue000', '\u{1f600}']);
  });

  it('keeps the newest, the oldest of them first', () => {
    const all = [5, 1, 4, 2, 3].map((timestamp) => ({ ...GOOD, timestamp }));
    expect(parseExemplars(all, 3).map(({ timestampMs }) => timestampMs)).toEqual([3, 4, 5]);
  });

  it.each([
    ['no object', 5],
    ['null', null],
    ['no labels', { ...GOOD, labels: undefined }],
    ['empty labels', { ...GOOD, labels: {} }],
    ['labels that are a list', { ...GOOD, labels: ['a'] }],
    ['a label that is no text', { ...GOOD, labels: { trace_id: 5 } }],
    ['a label without a name', { ...GOOD, labels: { '': 'x' } }],
    ['129 characters', { ...GOOD, labels: { trace_id: 'x'.repeat(121) } }],
    ['a value in words', { ...GOOD, value: 'much' }],
    ['no value', { ...GOOD, value: undefined }],
  ])('leaves out one with %s, and keeps the others', (_name, bad) => {
    expect(parseExemplars([bad, GOOD, bad], 10)).toEqual([READ]);
  });

  it('counts characters, not bytes or halves of them', () => {
    const labels = { trace_id: '\u{1f680}'.repeat(120) };
    expect(parseExemplars([{ ...GOOD, labels }], 1)).toMatchObject([{ labels: [['trace_id', labels.trace_id]] }]);
  });

  it.each([[undefined], [null], ['x'], [5], [{}], [[]]])('reads %j as none', (value) => {
    expect(parseExemplars(value, 10)).toEqual([]);
  });
});

describe('parseRecord of a record with exemplars', () => {
  it('reads that of a counter: the newest', () => {
    const text = JSON.stringify({ value: 5, exemplars: [GOOD, { ...GOOD, timestamp: 999 }] });
    expect(parseRecord('counter', text)).toMatchObject({ record: { value: 5, exemplars: [READ] } });
  });

  it('reads those of a histogram, at most ten', () => {
    const exemplars = Array.from({ length: 12 }, (_, timestamp) => ({ ...GOOD, timestamp }));
    const parsed = parseRecord('histogram', JSON.stringify({ count: 1, sum: 1, schema: 0, zeroCount: 1, exemplars }));
    expect(parsed).toMatchObject({ record: { shape: { kind: 'native' } } });
    expect(parsed).toHaveProperty('record.exemplars.length', 10);
  });

  it.each([['counter'], ['histogram']] as const)('reads a %s with nothing but bad ones', (type) => {
    const fields = type === 'counter' ? { value: 5 } : { count: 1, sum: 1 };
    const parsed = parseRecord(type, JSON.stringify({ ...fields, exemplars: [{}, 'x'] }));
    expect(parsed.kind).toBe('record');
    expect(parsed).not.toHaveProperty('record.exemplars');
  });
});
