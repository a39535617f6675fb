import { beforeEach, describe, expect, it } from '@jest/globals';
import { ChangedSeries } from '../../src/flush/changed-series.js';
import { LogOnce } from '../../src/accounting/log-once.js';
import { CounterFamily } from '../../src/recording/families/counter-family.js';
import { recordingScope } from '../recording/recording-scope.js';
import { RecordedLog } from '../service/recorded-log.js';

let changed: ChangedSeries;
let family: CounterFamily;
let log: RecordedLog;

beforeEach(() => {
  log = new RecordedLog();
  changed = new ChangedSeries(100);
  family = new CounterFamily('jobs', recordingScope({ changed, log: new LogOnce(log) }));
});

function inc(id: number, value = 1): void {
  family.labels({ id }).inc(value);
}

/** What is taken of the series that wait, as `jobs:id=…` and the number of recordings. */
function takeAll(): [id: string, recordings: number][] {
  return [...changed.takeAll()].map((series) => {
    const { key, recordings } = series;
    series.recordings = 0;
    return [key.replace('metrics:counter:jobs:id=', ''), recordings];
  });
}

describe('the places of series that change', () => {
  it('are one for each, however often it is removed and recorded again', () => {
    for (let i = 0; i < 10_000; i += 1) {
      inc(1);
      family.remove({ id: 1 });
      inc(2);
    }
    expect(changed.length).toBe(2);
    inc(1);
    expect([...changed].map(({ recordings }) => recordings)).toEqual([1, 10_000]);
    expect(takeAll()).toEqual([
      ['1', 1],
      ['2', 10_000],
    ]);
    expect(takeAll()).toEqual([]);
  });

  it('are not kept for ever new ones that are removed', () => {
    inc(-1);
    for (let id = 0; id < 10_000; id += 1) {
      inc(id);
      family.remove({ id });
    }
    inc(-2);
    expect(changed.length).toBeLessThan(2100);
    expect(takeAll()).toEqual([
      ['-1', 1],
      ['-2', 1],
    ]);
  });

  it('are compacted while some are taken, and none is skipped or taken twice', () => {
    for (let id = 0; id < 5000; id += 1) inc(id);
    const taken: string[] = [];
    for (const series of changed.takeAll()) {
      series.recordings = 0;
      taken.push(series.key);
      if (taken.length === 100) for (let id = 0; id < 5000; id += 1) if (id % 5 !== 0) family.remove({ id });
    }
    expect(new Set(taken).size).toBe(taken.length);
    expect(taken).toHaveLength(100 + 980);
    expect(changed.length).toBe(0);
  });
});

it('the removal queue is limited, which is logged once', () => {
  for (let id = 0; id < 100; id += 1) family.remove({ id });
  for (let id = 0; id < 100; id += 1) family.remove({ id });
  expect(log.warnings).toEqual([]);
  for (let id = 0; id < 10_000; id += 1) family.remove({ id });
  expect([...changed.removals()]).toHaveLength(100);
  expect(log.warnings).toEqual([
    'redmeter: not all series of the counter jobs are removed in Redis: the removal queue is full (maxSeries); the rest will expire',
  ]);
});

it('queued searches in Redis are limited, which is logged once', () => {
  for (let id = 0; id < 3000; id += 1) family.removeMatching({ id });
  expect(changed.sweeps.size).toBe(1000);
  expect(log.warnings).toEqual([expect.stringContaining('more than 1000 removeMatching() calls are pending')]);
});
