import { waitFor } from '@redmeter/test-servers';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Batch } from '../../src/delivery/batch.js';
import { ChangedSeries } from '../../src/flush/changed-series.js';
import { IdleSeries } from '../../src/flush/idle-series.js';
import { Registry } from '../../src/recording/registry.js';
import { SeriesBudget } from '../../src/recording/series/series-budget.js';
import { recordingScope } from '../recording/recording-scope.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

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

/** What the sweep returns after idle series were released; each counts as sent, as in the flusher. */
async function sweep(): Promise<string[]> {
  await idle.releaseIdle();
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

it('checks for idle series six times per TTL, and renews each three times', async () => {
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

it('releases idle series that were recorded by name; a recording brings them back', async () => {
  registry.counter('x').open({ a: '1' }).inc();
  registry.counter('x').open({ a: '2' }).inc();
  takeChanged();
  nowMs += 60_000;
  registry.counter('x').open({ a: '1' }).inc();
  takeChanged();
  nowMs += 60_000;
  expect(await sweep()).toEqual(['metrics:counter:x:a=1']);
  expect(registry.seriesCounts()).toMatchObject({ counter: 1 });
  nowMs += 100_000;
  expect(await sweep()).toEqual([]);
  expect(registry.scope.budget.count).toBe(0);
  registry.counter('x').open({ a: '1' }).inc();
  expect(registry.scope.budget.count).toBe(1);
});

describe('a handle that the application holds', () => {
  it('does not expire however long it is idle, counts against the limit, and continues', async () => {
    const handle = registry.counter('x').labels();
    handle.inc();
    takeChanged();
    for (let day = 0; day < 3; day += 1) {
      nowMs += 86_400_000;
      collectGarbage();
      expect(await sweep()).toEqual(['metrics:counter:x']);
      expect(registry.seriesCounts()).toMatchObject({ counter: 1 });
      expect(registry.scope.budget.count).toBe(1);
    }
    expect(registry.counter('x').labels()).toBe(handle);
    handle.inc();
    expect([...changed.takeAll()]).toEqual([handle]);
    expect(registry.scope.budget.count).toBe(1);
  });

  it('does not count twice at the limit of series', async () => {
    registry = new Registry(
      recordingScope({ clock: () => nowMs, changed, budget: new SeriesBudget(1, 1) }),
      [1],
      false,
    );
    idle = new IdleSeries([registry], () => nowMs, { ttlMs: 30_000, idleTtlMs: 100_000, renewEveryMs: 2500 });
    const handle = registry.counter('x').labels({ a: '1' });
    handle.inc();
    takeChanged();
    nowMs += 200_000;
    await sweep();
    registry.counter('x').open({ a: '2' }).inc();
    expect(registry.scope.tallies.counter.dropped()).toEqual({ series_limit: 1 });
    registry.counter('x').open({ a: '1' }).inc();
    expect([...changed.takeAll()]).toEqual([handle]);
  });

  it('is removed as any other series is', async () => {
    const family = registry.declareCounter({ name: 'x', labelNames: ['a'] });
    const handles = [family.labels({ a: '1' }), family.labels({ a: '2' }), family.labels({ a: '3' })];
    for (const handle of handles) handle.inc();
    takeChanged();
    nowMs += 200_000;
    await sweep();
    family.remove({ a: '1' });
    expect(registry.scope.budget.count).toBe(2);
    family.removeMatching({ a: '2' });
    expect(registry.scope.budget.count).toBe(1);
    await registry.completeRemovals();
    expect([...changed.removals()].map(({ key }) => key)).toEqual(['metrics:counter:x:a=1', 'metrics:counter:x:a=2']);
    nowMs += 200_000;
    expect(await sweep()).toEqual(['metrics:counter:x:a=3']);
  });
});

it('a handle that is no longer held is released, and no longer counts against the limit', async () => {
  // In a function of its own, whose variables do not live on.
  const record = (): void => registry.counter('x').labels({ a: '1' }).inc();
  record();
  takeChanged();
  nowMs += 200_000;
  await sweep();
  expect(registry.scope.budget.count).toBe(1);
  await waitFor(() => {
    collectGarbage();
    return registry.scope.budget.count === 0;
  }, 'it is released');
  nowMs += 200_000;
  expect(await sweep()).toEqual([]);
});
