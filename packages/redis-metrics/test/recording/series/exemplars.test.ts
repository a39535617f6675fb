import { describe, expect, it } from '@jest/globals';
import { Batch } from '../../../src/delivery/batch.js';
import { ChangedSeries } from '../../../src/flush/changed-series.js';
import { LogOnce } from '../../../src/accounting/log-once.js';
import { newTallies, type Tallies } from '../../../src/accounting/tally.js';
import type { ExemplarLabels } from '../../../src/recording/series/exemplars.js';
import { Registry } from '../../../src/recording/registry.js';
import { RecordedLog } from '../../service/recorded-log.js';
import { recordingScope } from '../recording-scope.js';

interface Sent {
  readonly exemplar?: unknown;
  readonly exemplars?: readonly { readonly labels: unknown; readonly value: number; readonly age: number }[];
}

/** Instruments, with a clock in the hands of the test, and what waits of them. */
function newRegistry(exemplarSource?: () => unknown): {
  readonly registry: Registry;
  readonly tallies: Tallies;
  readonly log: RecordedLog;
  readonly clock: { nowMs: number };
  readonly waiting: () => readonly Sent[];
} {
  const clock = { nowMs: 1000 };
  const log = new RecordedLog();
  const tallies = newTallies();
  for (const tally of Object.values(tallies)) tally.hasExemplarSource = exemplarSource !== undefined;
  const changed = new ChangedSeries(1_000_000);
  const scope = recordingScope({ tallies, changed, log: new LogOnce(log), clock: () => clock.nowMs, exemplarSource });
  const waiting = (): Sent[] =>
    [...changed.takeAll()].map((one) => {
      const batch = new Batch(clock.nowMs, 0, undefined);
      batch.add(one);
      return JSON.parse(batch.arguments.texts.at(-1) ?? '') as Sent;
    });
  return { registry: new Registry(scope, [1, 2], false), tallies, log, clock, waiting };
}

describe('an exemplar', () => {
  it('of a counter is the newest, sent once with its age', () => {
    const { registry, clock, waiting } = newRegistry();
    const counter = registry.counter('a').labels();
    counter.inc(1, { trace_id: 'first' });
    counter.inc(2, { trace_id: 'second', span_id: 7, sampled: true });
    counter.inc();
    clock.nowMs += 250;
    const labels = { trace_id: 'second', span_id: '7', sampled: 'true' };
    expect(waiting()).toMatchObject([{ add: 4, exemplar: { labels, value: 2, age: 250 } }]);
    counter.inc();
    expect(waiting()[0]).not.toHaveProperty('exemplar');
  });

  it('of a histogram is the newest of its bucket', () => {
    const { registry, clock, waiting } = newRegistry();
    const histogram = registry.histogram('a').labels();
    histogram.observe(0.5, { trace_id: 'a' });
    histogram.observe(5, { trace_id: 'b' });
    clock.nowMs += 10;
    histogram.observe(0.7, { trace_id: 'c' });
    histogram.observe(0.9);
    expect(waiting()[0]?.exemplars).toEqual([
      { labels: { trace_id: 'b' }, value: 5, age: 10 },
      { labels: { trace_id: 'c' }, value: 0.7, age: 0 },
    ]);
    histogram.observe(1);
    expect(waiting()[0]).not.toHaveProperty('exemplars');
  });

  it('of a native histogram is the newest of its bucket; those of ten buckets wait', () => {
    const { registry, waiting } = newRegistry();
    const histogram = registry.declareHistogram({ name: 'a', buckets: 'native' }).labels();
    for (let i = 0; i < 30; i += 1) histogram.observe((i % 15) - 7, { trace_id: String(i) });
    const sent = waiting()[0]?.exemplars ?? [];
    expect(sent.map(({ labels }) => labels)).toEqual(
      Array.from({ length: 10 }, (_, i) => ({ trace_id: String(i + 20) })),
    );
  });

  it('is given to a timer, too', () => {
    const { registry, waiting } = newRegistry();
    const stop = registry.histogram('a').labels().startTimer();
    (stop as (exemplar: ExemplarLabels) => number)({ trace_id: 'a' });
    expect(waiting()[0]?.exemplars).toEqual([{ labels: { trace_id: 'a' }, value: 0, age: 0 }]);
  });

  it('goes with the recordings when their series is removed', () => {
    const { registry, waiting } = newRegistry();
    const family = registry.counter('a');
    family.labels().inc(1, { trace_id: 'a' });
    family.remove();
    family.labels().inc();
    expect(waiting()[0]).not.toHaveProperty('exemplar');
  });
});

describe('exemplarSource', () => {
  it('is asked when no exemplar is given, and for nothing that is dropped', () => {
    let asked = 0;
    const { registry, waiting } = newRegistry(() => ({ trace_id: String((asked += 1)) }));
    registry.counter('a').labels().inc();
    registry.counter('a').labels().inc(-1);
    registry.histogram('b').labels().observe(1);
    registry.histogram('b').labels().observe(1.5, { trace_id: 'given' });
    registry.histogram('b').labels().observe(Number.NaN);
    expect(asked).toBe(2);
    expect(waiting()).toMatchObject([
      { exemplar: { labels: { trace_id: '1' } } },
      { exemplars: [{ labels: { trace_id: '2' } }, { labels: { trace_id: 'given' } }] },
    ]);
  });

  it.each([undefined, null, {}, { trace_id: undefined }, { trace_id: '' }])('may give no labels: %p', (labels) => {
    const { registry, tallies, log, waiting } = newRegistry(() => labels);
    registry.counter('a').labels().inc();
    expect(waiting()[0]).not.toHaveProperty('exemplar');
    expect([tallies.counter.exemplarsDropped, log.warnings]).toEqual([0, []]);
  });

  it.each([
    ['throws', (): unknown => { throw new Error('no span'); }, 'it threw "no span"'], // prettier-ignore
    ['throws nothing', (): unknown => { throw undefined as unknown; }, 'it threw "undefined"'], // prettier-ignore
    ['gives text', (): unknown => 'abc', 'expected an object of labels'],
    ['gives a list', (): unknown => ['abc'], 'got an array'],
    ['gives a promise', (): unknown => Promise.resolve(1), ''],
    ['gives too much', (): unknown => ({ trace_id: 'a'.repeat(121) }), 'expected at most 128 characters'],
    ['gives a bad name', (): unknown => ({ 'trace id': 'a' }), 'got "trace id"'],
    ['gives an object as value', (): unknown => ({ trace_id: { a: 1 } }), 'with an object'],
    ['gives half a character', (): unknown => ({ trace_id: 'a\ud800' }), 'expected names of letters'],
    ['has a getter that throws', (): unknown => ({ get trace_id(): string { throw new Error('x'); } }), 'it threw "x"'], // prettier-ignore
  ])('that %s costs its exemplar alone', (_what, source, detail) => {
    const { registry, tallies, log, waiting } = newRegistry(source);
    const [counter, histogram] = [registry.counter('a').labels(), registry.histogram('b').labels()];
    for (let i = 0; i < 3; i += 1) counter.inc();
    histogram.observe(1);
    const sent = waiting();
    expect(sent).toMatchObject([{ add: 3 }, { counts: [1, 0, 0] }]);
    for (const operation of sent) expect(Object.keys(operation).join()).not.toContain('exemplar');
    if (detail === '') return;
    expect([tallies.counter.exemplarsDropped, tallies.histogram.exemplarsDropped]).toEqual([3, 1]);
    expect(log.warnings.filter((line) => line.includes('counter a'))).toHaveLength(1);
    expect(log.warnings.join('\n')).toContain(detail);
  });

  it('takes 128 characters, names included', () => {
    const { registry, waiting } = newRegistry(() => ({ trace_id: '😀'.repeat(120) }));
    registry.counter('a').labels().inc();
    expect(waiting()[0]).toHaveProperty('exemplar');
  });
});
