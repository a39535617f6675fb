import { describe, expect, it } from '@jest/globals';
import { History, HISTORY_MS } from '../../page/src/history.js';
import { formatAge, formatNumber, formatRate, formatValue, unitOf } from '../../page/src/number-format.js';

const history = (...points: readonly (readonly [atMs: number, value: number])[]): History => {
  const made = new History();
  for (const [atMs, value] of points) made.add(atMs, value);
  return made;
};

describe('a history', () => {
  it.each([
    ['no rate of one value', [[0, 5]], undefined],
    [
      'growth per second',
      [
        [0, 5],
        [2000, 9],
      ],
      2,
    ],
    [
      'growth over the last 15 seconds only',
      [
        [0, 0],
        [5000, 100],
        [20_000, 130],
      ],
      2,
    ],
    [
      'a restart as growth from zero',
      [
        [0, 100],
        [2000, 4],
      ],
      2,
    ],
    [
      'nothing where nothing happened',
      [
        [0, 7],
        [2000, 7],
      ],
      0,
    ],
  ] as const)('knows %s', (_name, points, rate) => {
    expect(
      history(...points)
        .rates()
        .at(-1)?.value,
    ).toBe(rate);
  });

  it('forgets what is old', () => {
    const long = history();
    for (let atMs = 0; atMs <= 2 * HISTORY_MS; atMs += 1000) long.add(atMs, atMs);
    expect(long.values()[0]?.atMs).toBe(HISTORY_MS);
    expect(long.rates()).toHaveLength(HISTORY_MS / 1000 + 1);
  });

  it('starts again when the clock went back', () => {
    expect(history([5000, 1], [6000, 2], [1000, 3]).values()).toEqual([{ atMs: 1000, value: 3 }]);
  });
});

describe('texts', () => {
  it.each([
    [0, '', '0'],
    [1234567, '', '1,234,567'],
    [0.00001, '', '1.00e-5'],
    [2.5e9, '', '2.5B'],
    [null, 'ms', '–'],
    [Number.POSITIVE_INFINITY, 'ms', '+Inf'],
    [13.8, 'ms', '13.8 ms'],
    [0.25, 'seconds', '250 ms'],
    [1500, 'ms', '1.50 s'],
    [3_600_000, 'ms', '60.0 min'],
    [900, 'bytes', '900 B'],
    [1_250_000, 'bytes', '1.25 MB'],
    [3, 'jobs', '3 jobs'],
  ] as const)('%j in %j is %j', (value, unit, text) => {
    expect(formatValue(value, unit)).toBe(text);
  });

  it.each([
    ['wait_ms', null, 'ms'],
    ['sent_bytes_total', null, 'bytes'],
    ['wait', 'seconds', 'seconds'],
    ['last_write_timestamp_seconds', 'seconds', 'timestamp_seconds'],
    ['jobs_total', null, ''],
  ] as const)('the unit of %s (%j) is %j', (name, declared, unit) => {
    expect(unitOf(name, declared)).toBe(unit);
  });

  it('of rates and ages', () => {
    expect([undefined, 0, 0.0012, 0.4899, 12.34, 123.4, 1234.5].map(formatRate)).toEqual([
      '–/s',
      '0/s',
      '0.001/s',
      '0.49/s',
      '12.3/s',
      '123/s',
      '1,235/s',
    ]);
    expect([-5, 4000, 180_000, 7_300_000, 4e8].map(formatAge)).toEqual(['0 s', '4 s', '3 min', '2 h', '4 d']);
    expect(formatNumber(Number.NaN)).toBe('NaN');
  });
});
