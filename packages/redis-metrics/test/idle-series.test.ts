import { beforeEach, expect, it } from '@jest/globals';
import { Batch } from '../src/batch.js';
import { ChangedSeries } from '../src/changed-series.js';
import { IdleSeries } from '../src/idle-series.js';
import { Registry } from '../src/registry.js';
import { recordingScope } from './recording-scope.js';

let nowMs: number;
let registry: Registry;
let changed: ChangedSeries;
let idle: IdleSeries;

beforeEach(() => {
  nowMs = 1_000_000;
  changed = new ChangedSeries(1_000_000);
  const clock = (): number => nowMs;
  registry = new Registry(recordingScope({ clock, changed }), [1], false);
  idle = new IdleSeries([registry], clock, { ttlMs: 30_000, idleTtlMs: 100_000, renewEveryMs: 2500 });
});

/** What the sweep finds after it let go of some; each is taken as sent, as the flusher does. */
async function sweep(): Promise<string[]> {
  await idle.letGo();
  return [...idle.sweep()].map((series) => {
    series.sentAtSeconds = Math.floor(nowMs / 1000);
    return series.key;
  });
}

function takeChanged(): void {
  const batch = new Batch(nowMs, nowMs, undefined);
  for (const series of changed.takeAll()) {
    series.recordedAtSeconds = series.sentAtSeconds = Math.floor(nowMs / 1000);
    batch.add(series);
  }
}

it('looks for idle series six times in a time to live, and touches each three times', async () => {
  registry.counter('x').labels().inc();
  takeChanged();
  expect(idle.isDue).toBe(false);
  const touchedAtSeconds: number[] = [];
  for (let second = 1; second <= 30; second += 1) {
    nowMs += 1000;
    if (idle.isDue && (await sweep()).length > 0) touchedAtSeconds.push(second);
  }
  expect(touchedAtSeconds).toEqual([10, 20, 30]);
});

it('leaves series alone that have recordings to send anyway', async () => {
  registry.counter('x').labels().inc();
  nowMs += 20_000;
  expect(await sweep()).toEqual([]);
});

it('lets go of what was idle too long; a handle brings it back', async () => {
  const handle = registry.counter('x').labels();
  registry.counter('y').labels({ a: '1' }).inc();
  handle.inc();
  takeChanged();
  nowMs += 60_000;
  handle.inc();
  takeChanged();
  nowMs += 60_000;
  expect(await sweep()).toEqual(['metrics:counter:x']);
  expect(registry.seriesCounts()).toMatchObject({ counter: 1 });
  nowMs += 100_000;
  expect(await sweep()).toEqual([]);
  expect(registry.scope.budget.count).toBe(0);
  handle.inc();
  takeChanged();
  expect(registry.scope.budget.count).toBe(1);
  expect(registry.counter('x').labels()).toBe(handle);
});
