import { ChangedSeries } from '../../src/flush/changed-series.js';
import { LogOnce } from '../../src/accounting/log-once.js';
import type { RecordingScope } from '../../src/recording/families/recording-scope.js';
import { SeriesBudget } from '../../src/recording/series/series-budget.js';
import { Shards } from '../../src/recording/series/shards.js';
import { newTallies } from '../../src/accounting/tally.js';
import { RecordedLog } from '../service/recorded-log.js';

/** A scope to record in, with room for many series and a clock that stands at 0, but for what a test says. */
export function recordingScope(given: Partial<RecordingScope> = {}): RecordingScope {
  return {
    shards: new Shards('metrics'),
    clock: () => 0,
    tallies: newTallies(),
    changed: new ChangedSeries(1_000_000),
    log: new LogOnce(new RecordedLog()),
    budget: new SeriesBudget(1_000_000, 1_000_000),
    defaultLabels: [],
    processName: 'p1',
    leaseMs: 15_000,
    boundsLeaseMs: 30_000,
    exemplarSource: undefined,
    loss: { noticedAtMs: Number.NEGATIVE_INFINITY },
    ...given,
  };
}
