import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Batch } from '../../src/delivery/batch.js';
import { ChangedSeries } from '../../src/flush/changed-series.js';
import { LogOnce } from '../../src/accounting/log-once.js';
import type { Labels } from '../../src/recording/series/instruments.js';
import { Registry } from '../../src/recording/registry.js';
import { SeriesBudget } from '../../src/recording/series/series-budget.js';
import { newTallies, type Tallies } from '../../src/accounting/tally.js';
import { recordingScope } from './recording-scope.js';
import { RecordedLog } from '../service/recorded-log.js';

let nowMs: number;
let log: RecordedLog;
let tallies: Tallies;
let changed: ChangedSeries;
let registry: Registry;
let budget: SeriesBudget;

beforeEach(() => {
  nowMs = 0;
  log = new RecordedLog();
  tallies = newTallies();
  changed = new ChangedSeries(1_000_000);
  budget = new SeriesBudget(3, 3);
  const scope = recordingScope({ clock: () => nowMs, tallies, changed, log: new LogOnce(log), budget });
  registry = new Registry(scope, [1, 2], false);
});

/** The operations that wait, by key. */
function waiting(): Record<string, unknown> {
  const operations: Record<string, unknown> = {};
  for (const series of changed.takeAll()) {
    const batch = new Batch(nowMs, nowMs, undefined);
    batch.add(series);
    operations[series.key] = JSON.parse(batch.arguments.texts.at(-1) ?? '');
  }
  return operations;
}

function labelsNamed(names: string): Labels {
  return Object.fromEntries(names.split(' ').map((name) => [name, '1']));
}

function fail(): never {
  throw new Error('of the application');
}

// `as never` below is what JavaScript, unlike TypeScript, lets through.

describe('labels', () => {
  it('name one series in any order, as text, number or boolean, empty ones left out', () => {
    const one = registry.counter('x').labels({ b: '1', a: 'true', c: '' });
    expect(registry.counter('x').labels({ a: true, b: 1 })).toBe(one);
    expect(registry.counter('x').labels({ a: 'true', b: '1' })).toBe(one);
    expect(one).toMatchObject({ key: 'metrics:counter:x:a=true,b=1' });
  });

  it('have the default ones beside them, unless they have one of that name', () => {
    const defaults = recordingScope({
      defaultLabels: [
        ['env', 'live'],
        ['zone', 'a'],
      ],
    });
    const labelled = new Registry(defaults, [1, 2], false);
    const keyOf = (labels?: Labels): unknown => labelled.counter('x').labels(labels);
    expect(keyOf()).toMatchObject({ key: 'metrics:counter:x:env=live,zone=a' });
    expect(keyOf({ path: 'p' })).toMatchObject({ key: 'metrics:counter:x:env=live,path=p,zone=a' });
    expect(keyOf({ env: 'test', a: 1 })).toMatchObject({ key: 'metrics:counter:x:a=1,env=test,zone=a' });
    const gauge = labelled.declareGauge({ name: 'g', mode: 'process' }).labels({});
    expect(gauge).toMatchObject({ key: 'metrics:gauge:g:env=live,process=p1,zone=a' });
    labelled.counter('x').labels(labelsNamed('a b c d e f g h i')).inc();
    expect(defaults.tallies.counter.dropped()).toEqual({ too_many_labels: 1 });
  });

  it.each<[string, unknown, string]>([
    ['no object', 5, 'invalid_label_name'],
    ['a function', () => undefined, 'invalid_label_name'],
    ['null', null, 'invalid_label_name'],
    ['a getter that throws', Object.defineProperty({}, 'a', { get: fail, enumerable: true }), 'invalid_label_value'],
    ['a proxy that throws', new Proxy({}, { ownKeys: fail }), 'invalid_label_value'],
    ['an empty name', { '': '1' }, 'invalid_label_name'],
    ['a name with a NUL', { 'a\0b': '1' }, 'invalid_label_name'],
    ['a name with half a surrogate pair', { 'a\ud83d': '1' }, 'invalid_label_name'],
    ['a name of UTF-8 that begins as one of Prometheus', { '__a.b': '1' }, 'reserved_label'],
    ['a reserved name', { le: '1' }, 'reserved_label'],
    ['a name of Prometheus', { __name__: '1' }, 'reserved_label'],
    ['null as a value', { a: null }, 'invalid_label_value'],
    ['undefined as a value', { a: undefined }, 'invalid_label_value'],
    ['an object as a value', { a: {} }, 'invalid_label_value'],
    ['half a surrogate pair', { a: '\ud83d' }, 'invalid_label_value'],
    ['a value of 1025 bytes', { a: 'é'.repeat(512) + 'x' }, 'label_value_too_long'],
    ['eleven labels', labelsNamed('a b c d e f g h i j k'), 'too_many_labels'],
  ])('with %s are refused', (_what, labels, reason) => {
    registry
      .counter('x')
      .labels(labels as never)
      .inc();
    expect(tallies.counter.dropped()).toEqual({ [reason]: 1 });
    expect(tallies.counter.recorded).toBe(1);
    expect(changed.length).toBe(0);

    // Also where there is a series without labels, and one to remove.
    registry.counter('x').labels().inc();
    registry
      .counter('x')
      .labels(labels as never)
      .inc();
    registry.counter('x').remove(labels as never);
    registry.counter('x').removeMatching(labels as never);
    expect(tallies.counter.dropped()).toEqual({ [reason]: 2 });
    expect(changed.length).toBe(1);
  });

  it('with a getter that throws only now and then are refused when it does', () => {
    for (let throwsAt = 1; throwsAt < 12; throwsAt += 1) {
      let readings = 0;
      const get = (): string => ((readings += 1) === throwsAt ? fail() : 'v');
      for (let i = 0; i < 4; i += 1) {
        registry
          .counter('x')
          .labels(Object.defineProperty({}, 'a', { get, enumerable: true }))
          .inc();
      }
    }
    expect(tallies.counter).toMatchObject({ recorded: 44 });
    expect(tallies.counter.dropped().invalid_label_value).toBeLessThanOrEqual(11);
  });

  it.each<[Labels, string]>([
    [{ 'http.method': 'GET', code: 200 }, 'code=200,http.method=GET'],
    [{ 'a:b': '1', 'c,d=e': '2', 'f{}"\\%': '3' }, 'a%3Ab=1,c%2Cd%3De=2,f%7B%7D%22%5C%25=3'],
    [{ '🚀': '1', '\uffee': '2', é: '3', '1st': '4', 'a b': '5' }, '1st=4,a b=5,é=3,\uffee=2,🚀=1'],
    [{ 'x:a': '1' }, 'x%3Aa=1'],
    [{ 'a=1,b': '2' }, 'a%3D1%2Cb=2'],
  ])('may have any names of UTF-8: %j', (labels, encoded) => {
    registry.counter('x').labels({ a: '1' });
    registry.counter('x').labels({ a: '1', b: '2' });
    for (let i = 0; i < 3; i += 1) {
      expect(registry.counter('x').labels(labels)).toMatchObject({ key: `metrics:counter:x:${encoded}` });
    }
    registry.counter('x').labels(labels).inc();
    expect([tallies.counter.dropped(), changed.length]).toEqual([{}, 1]);
    registry.counter('x').removeMatching({ [Object.keys(labels)[0] ?? '']: Object.values(labels)[0] ?? '' });
    expect(registry.seriesCounts()).toMatchObject({ counter: 2 });
  });

  it('may be 1024 bytes long, and ten', () => {
    registry
      .counter('x')
      .labels({ a: 'é'.repeat(512) })
      .inc();
    registry
      .counter('x')
      .labels({ ...labelsNamed('a b c d e f g h i j'), k: '' })
      .inc();
    expect(tallies.counter.dropped()).toEqual({});
  });

  it('must be among the declared ones, where some were declared', () => {
    const declared = registry.declareCounter({ name: 'x', labelNames: ['a', 'b'] });
    declared.labels({ a: '1' }).inc();
    registry.counter('x').labels({ c: '1' }).inc();
    expect(tallies.counter.dropped()).toEqual({ invalid_label_name: 1 });
    registry.declareCounter({ name: 'y', help: 'no labelNames' }).labels({ any: '1' }).inc();
    expect(tallies.counter.dropped()).toEqual({ invalid_label_name: 1 });
  });
});

describe('labels that were declared', () => {
  it('and are not given are empty, and empty ones are none', () => {
    const declared = registry.declareCounter({ name: 'x', labelNames: ['a', 'b'] });
    expect(declared.labels({ a: '1' })).toBe(declared.labels({ a: '1', b: '' }));
    expect(declared.labels({ a: '1' })).toMatchObject({ key: 'metrics:counter:x:a=1' });
    expect(declared.labels()).toMatchObject({ key: 'metrics:counter:x' });
    expect(log.warnings).toEqual([]);
  });
});

describe('a warning names what was expected and what was got', () => {
  const long = 'x'.repeat(5000);

  it.each<[unknown, string]>([
    [5, 'invalid_label_name: labels: expected an object, got 5'],
    [{ 'a\0b': '1' }, 'invalid_label_name: label "a\\u0000b": expected a name of UTF-8, not empty, without NUL'],
    [{ c: '1' }, 'invalid_label_name: label "c": expected one of the declared labels "a", "b"'],
    [{ le: '1' }, 'reserved_label: label "le": expected none of job, instance, le, quantile'],
    [{ a: undefined }, 'invalid_label_value: label a: expected text, a number or a boolean, got undefined'],
    [
      { a: { toString: () => '1' } },
      'invalid_label_value: label a: expected text, a number or a boolean, got an object',
    ],
    [{ a: '\ud83d' }, 'invalid_label_value: label a: expected no lone surrogate, got "\\ud83d"'],
    [{ a: long }, `label_value_too_long: label a: expected at most 1024 bytes, got "${'x'.repeat(80)}"…`],
    [{ [long]: '1' }, `invalid_label_name: label "${'x'.repeat(80)}"…: expected one of the declared labels`],
    [{ 'a\nredmeter: all is well': '1' }, 'label "a\\nredmeter: all is well": expected'],
    [{ 'a\u2028\u0085\u202eb': '1' }, 'label "a\\u{2028}\\u{85}\\u{202e}b": expected'],
  ])('labels %j', (labels, warning) => {
    registry
      .declareCounter({ name: 'x', labelNames: ['a', 'b'] })
      .labels(labels as never)
      .inc();
    expect(log.warnings).toEqual([expect.stringContaining(warning)]);
    expect(log.warnings[0]).toMatch(/^redmeter: recordings of the counter x are dropped: [^\p{C}\u2028]+$/u);
    expect(log.warnings[0]?.length).toBeLessThan(400);
  });

  it('eleven labels, and values that are none', () => {
    registry.counter('x').labels(labelsNamed('a b c d e f g h i j k')).inc();
    registry.counter('x').labels().inc(-1);
    registry
      .gauge('y')
      .labels()
      .set('7\n' as never);
    registry.histogram('z').labels().observe(Number.NaN);
    registry
      .histogram('z')
      .labels()
      .merge({ bounds: [1, 3], counts: [0, 0, 0], sum: 0 });
    expect(log.warnings.map((line) => line.replace(/^.* dropped: /, ''))).toEqual([
      'too_many_labels: labels: expected at most 10, got 11: "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", …',
      'invalid_value: expected a finite number of at least 0, got -1',
      'invalid_value: expected a number, got "7\\n"',
      'invalid_value: expected a finite number, got NaN',
      'bounds_changed: expected bounds 1, 2, got 1, 3',
    ]);
  });
});

describe('names', () => {
  it.each<[unknown, string]>([
    ['a\0b', 'invalid_name'],
    ['\ud83d', 'invalid_name'],
    ['redmeter_a.b', 'reserved_name'],
    ['scrape_\n', 'reserved_name'],
    ['', 'invalid_name'],
    [undefined, 'invalid_name'],
    [Symbol('x'), 'invalid_name'],
    ['up', 'reserved_name'],
    ['scrape_x', 'reserved_name'],
    ['redmeter_x', 'reserved_name'],
    ['redmeter_writer_flushes_total', 'reserved_name'],
  ])('that cannot be are refused: %p', (name, reason) => {
    registry
      .counter(name as never)
      .labels()
      .inc();
    registry
      .gauge(name as never)
      .labels()
      .set(1);
    registry
      .histogram(name as never)
      .labels()
      .startTimer()();
    for (const tally of Object.values(tallies)) {
      expect(tally.dropped()).toEqual({ [reason]: 1 });
      expect(tally.recorded).toBe(1);
    }
    expect(log.warnings).toHaveLength(1);
  });

  it('stand for one type', () => {
    registry.counter('x').labels().inc();
    registry.gauge('x').labels().set(1);
    expect(tallies.gauge.dropped()).toEqual({ type_conflict: 1 });
  });

  it('that a histogram derives are its own, whichever comes first', () => {
    registry.histogram('took').labels().observe(1);
    registry.counter('took_count').labels().inc();
    registry.gauge('late_p99').labels().set(1);
    registry.histogram('late').labels().observe(1);
    expect(tallies.counter.dropped()).toEqual({ derived_name: 1 });
    expect(tallies.histogram.dropped()).toEqual({ derived_name: 1 });
  });
});

describe('values', () => {
  it('of counters add up; 0 makes them visible', () => {
    const counter = registry.counter('x').labels();
    counter.inc(0);
    expect(waiting()).toEqual({ 'metrics:counter:x': { type: 'counter', family: 1, add: 0 } });
  });

  it.each<[unknown]>([[-1], [Number.NaN], [Infinity], ['5'], [5n], [null], [{}]])('of counters are not %p', (value) => {
    registry
      .counter('x')
      .labels()
      .inc(value as never);
    expect(tallies.counter.dropped()).toEqual({ invalid_value: 1 });
    expect(changed.length).toBe(0);
  });

  it('of counters do not become infinite', () => {
    const counter = registry.counter('x').labels();
    for (let i = 0; i < 2; i += 1) counter.inc(1e308);
    expect(tallies.counter).toMatchObject({ recorded: 2 });
    expect(tallies.counter.dropped()).toEqual({ overflow: 1 });
    expect(waiting()).toMatchObject({ 'metrics:counter:x': { add: 1e308 } });
    expect(log.warnings).toEqual([
      expect.stringMatching(/overflow: the pending value is 1e\+308: expected at most 1\.79.*, got 1e\+308 more$/),
    ]);
  });

  it('of histograms all count when their sum is more than a number can hold', () => {
    const histogram = registry.histogram('x').labels();
    for (const value of [1.7e308, 1.7e308, -1]) histogram.observe(value);
    expect(waiting()).toMatchObject({ 'metrics:histogram:x': { counts: [1, 0, 2], sum: '+Inf' } });
    for (const value of [-1.7e308, -1.7e308]) histogram.observe(value);
    expect(waiting()).toMatchObject({ 'metrics:histogram:x': { counts: [2, 0, 0], sum: '-Inf' } });
    expect(tallies.histogram.dropped()).toEqual({});
    expect(log.warnings).toEqual([]);
  });

  it('of gauges are the last ones, with their age', () => {
    const gauge = registry.gauge('x').labels();
    gauge.set(5);
    gauge.inc();
    nowMs = 100;
    gauge.dec(3);
    nowMs = 150;
    expect(tallies.gauge).toMatchObject({ recorded: 3, coalesced: 2 });
    expect(waiting()).toEqual({ 'metrics:gauge:x': { type: 'gauge', family: 1, mode: 'last', set: 3, age: 50 } });
  });

  it.each([
    [Number.NaN, 'NaN'],
    [Infinity, '+Inf'],
    [-Infinity, '-Inf'],
    [-0, -0],
    [0.1, 0.1],
  ])('of gauges may be %p', (value, written) => {
    registry.gauge('x').labels().set(value);
    expect(waiting()).toMatchObject({ 'metrics:gauge:x': { set: written } });
  });

  it('of histograms fall into the first bucket whose bound they do not exceed', () => {
    const histogram = registry.histogram('x').labels();
    for (const value of [-5, 1, 1.5, 2, 2.5, 100]) histogram.observe(value);
    for (const value of [Number.NaN, Infinity, -Infinity, '1' as never]) histogram.observe(value);
    expect(tallies.histogram.dropped()).toEqual({ invalid_value: 4 });
    expect(waiting()).toEqual({
      'metrics:histogram:x': { type: 'histogram', family: 1, counts: [2, 2, 2], sum: 102 },
    });
  });

  it.each([
    ['x_ms', undefined, 1500],
    ['x_seconds', undefined, 1.5],
    ['x', 'seconds', 1.5],
    ['x', 'ms', 1500],
  ])('of timers are in the unit of the metric: %s, unit %s', (name, unit, duration) => {
    const family = registry.declareHistogram({ name, ...(unit === undefined ? {} : { unit }) });
    const stop = family.labels().startTimer();
    nowMs = 1500;
    expect(stop()).toBe(duration);
  });
});

describe('declarations', () => {
  it('keep the buckets of earlier recordings, and log that', () => {
    registry.histogram('x').labels().observe(1);
    registry
      .declareHistogram({ name: 'x', help: 'told later', buckets: [7] })
      .labels()
      .observe(5);
    expect(log.warnings).toEqual([expect.stringMatching(/x keeps its buckets 1 2: expected a declaration before/)]);
    expect(waiting()).toMatchObject({ 'metrics:histogram:x': { counts: [1, 0, 1] } });
  });

  it.each([[[]], [[2, 1]], [[1, 1]], [[Number.NaN]], ['x'], [new Array(201).fill(0).map((_, i) => i)]])(
    'with buckets that cannot be are refused',
    (buckets) => {
      registry
        .declareHistogram({ name: 'x', buckets: buckets as never })
        .labels()
        .observe(1);
      expect(tallies.histogram.dropped()).toEqual({ invalid_buckets: 1 });
    },
  );
});

describe('gauges', () => {
  it('of mode process have a label more, and a lease', () => {
    const gauge = registry
      .declareGauge({ name: 'x', mode: 'process', labelNames: ['a', 'z'] })
      .labels({ z: '1', a: '2' });
    gauge.set(5);
    gauge.inc();
    expect(waiting()).toEqual({
      'metrics:gauge:x:a=2,process=p1,z=1': {
        ...{ type: 'gauge', family: 1, mode: 'process', lease: 15_000, set: 6, age: 0 },
      },
    });
    expect(registry.gauge('x').labels({ a: '2', z: '1' })).toBe(gauge);
  });

  it.each([
    [{ process: 'mine' }, 'reserved_label'],
    [labelsNamed('a b c d e f g h i j'), 'too_many_labels'],
  ])('of mode process leave no room for %p', (labels, reason) => {
    registry.declareGauge({ name: 'x', mode: 'process' }).labels(labels).set(1);
    expect(tallies.gauge.dropped()).toEqual({ [reason]: 1 });
  });

  it('of mode sum hold what was added, and are not set', () => {
    const gauge = registry.declareGauge({ name: 'x', mode: 'sum' }).labels();
    gauge.inc(5);
    gauge.dec();
    gauge.dec(0.5);
    gauge.set(9);
    for (const value of [Number.NaN, Infinity, '1' as never]) gauge.inc(value);
    expect(tallies.gauge).toMatchObject({ recorded: 7, coalesced: 0 });
    expect(tallies.gauge.dropped()).toEqual({ mode_conflict: 1, invalid_value: 3 });
    expect(waiting()).toEqual({ 'metrics:gauge:x': { type: 'gauge', family: 1, mode: 'sum', add: 3.5 } });
    expect(log.warnings[0]).toContain('set() on a gauge of mode sum: expected inc() or dec()');
  });

  it('of mode sum do not become infinite', () => {
    const gauge = registry.declareGauge({ name: 'x', mode: 'sum' }).labels();
    for (let i = 0; i < 2; i += 1) gauge.dec(1.7e308);
    expect(tallies.gauge.dropped()).toEqual({ overflow: 1 });
    expect(waiting()).toMatchObject({ 'metrics:gauge:x': { add: -1.7e308 } });
  });

  it('keep the mode they were declared with; another is refused', () => {
    registry.declareGauge({ name: 'x', mode: 'sum' });
    registry.declareGauge({ name: 'x', help: 'told later' }).labels().inc();
    registry.declareGauge({ name: 'x', mode: 'last' }).labels().set(1);
    registry
      .declareGauge({ name: 'y', mode: 'max' as never })
      .labels()
      .set(1);
    expect(tallies.gauge.dropped()).toEqual({ mode_conflict: 2 });
    expect(waiting()).toMatchObject({ 'metrics:gauge:x': { mode: 'sum', add: 1 } });
  });
});

describe('an invalid declaration', () => {
  it('is logged immediately, not with the first recording', () => {
    registry.counter('took_count');
    registry.gauge('level');
    registry.declareCounter({ name: 'bad name\0' });
    registry.declareCounter({ name: 'up' });
    registry.declareCounter({ name: 'level' });
    registry.declareHistogram({ name: 'took' });
    registry.declareHistogram({ name: 'late', buckets: [2, 1] });
    registry.declareGauge({ name: 'depth', mode: 'max' as never });
    registry.declareGauge({ name: 'level', mode: 'sum' });
    expect(log.warnings.map((line) => line.replace('redmeter: recordings of the ', ''))).toEqual([
      'counter "bad name\\u0000" are dropped: invalid_name: expected a name of UTF-8, not empty, without NUL and lone surrogates',
      'counter "up" are dropped: reserved_name: the name is reserved for Prometheus, an exporter or redmeter: expected another',
      'counter "level" are dropped: type_conflict: already registered as a gauge',
      'histogram "took" are dropped: derived_name: its derived series …_count has the name of another metric: expected another',
      'histogram "late" are dropped: invalid_buckets: buckets: expected 1 to 200 finite numbers in ascending order, got 2, 1',
      'gauge "depth" are dropped: mode_conflict: mode: expected one of last, sum, process, got "max"',
      'gauge "level" are dropped: mode_conflict: mode: expected last, with which it is already registered, got "sum"',
    ]);
    expect(tallies.counter.recorded).toBe(0);
  });

  it.each<[object, string]>([
    [{ labelNames: 'a' }, 'labelNames: expected a list of names, got "a"'],
    [{ labelNames: ['a', 'le'] }, 'labelNames: label "le": expected none of job'],
    [{ labelNames: [5] }, 'labelNames: label 5: expected a name'],
    [{ labelNames: 'a b c d e f g h i j k'.split(' ') }, 'labelNames: labels: expected at most 10, got 11'],
    [{ help: 5 }, 'help: expected text, got 5'],
    [{ maxSeries: 0 }, 'maxSeries: expected a whole number of at least 1, got 0'],
    [{ collect: 5 }, 'collect: expected a function, got 5'],
  ])('in a part of it is told, too: %j', (part, problem) => {
    registry
      .declareGauge({ name: 'x', ...part })
      .labels()
      .set(1);
    expect(log.warnings).toEqual([expect.stringMatching(`^redmeter: the gauge x is declared with ${problem}`)]);
    expect(tallies.gauge.dropped()).toEqual({});
  });
});

it('warns once that a process has more series than readers show, before whole metrics vanish', () => {
  const budget = new SeriesBudget(100, 100, 4);
  registry = new Registry(recordingScope({ tallies, changed, log: new LogOnce(log), budget }), [1], false);
  for (let i = 0; i < 3; i += 1) registry.counter('large').labels({ i }).inc();
  expect(log.warnings).toEqual([]);
  for (let i = 0; i < 3; i += 1) registry.counter('small').labels({ i }).inc();
  expect(log.warnings).toEqual([
    expect.stringMatching(
      /^redmeter: this process has 4 series; .* shows at most 10000 .*the largest metrics: large 3, small 1\./,
    ),
  ]);
  expect(tallies.counter.dropped()).toEqual({});
});

describe('bounds of memory', () => {
  it('are maxSeriesPerFamily series of one metric, or as many as it is declared with', () => {
    budget = new SeriesBudget(10, 2);
    registry = new Registry(recordingScope({ tallies, log: new LogOnce(log), budget }), [1], false);
    const few = registry.declareCounter({ name: 'few', maxSeries: 1 });
    const many = registry.declareCounter({ name: 'many', maxSeries: 5 });
    for (let i = 0; i < 7; i += 1) {
      few.labels({ i }).inc();
      many.labels({ i }).inc();
      registry.counter('default').labels({ i }).inc();
    }
    expect(registry.seriesCounts()).toMatchObject({ counter: 8 });
    expect(tallies.counter.dropped()).toEqual({ series_limit: 6 + 2 + 5 });
    expect(Object.fromEntries(budget.dropped)).toEqual({ few: 6, many: 2, default: 5 });
    expect(log.warnings).toEqual([
      expect.stringContaining('the counter few are dropped: series_limit: it has 1 series, its limit'),
      expect.stringContaining('the counter default are dropped: series_limit: it has 2 series'),
      expect.stringContaining('the counter many are dropped: series_limit: it has 5 series'),
    ]);
  });

  it('name the largest metrics when those of the process are full', () => {
    registry.counter('small').labels().inc();
    for (let i = 0; i < 2; i += 1) registry.counter('large').labels({ i }).inc();
    registry.gauge('late').labels().set(1);
    registry.counter('small').labels({ a: '1' }).inc();
    expect(log.warnings).toEqual(
      ['gauge "late"', 'counter small'].map((metric) =>
        expect.stringMatching(
          `${metric} are dropped: series_limit: this process has 3 series.*the largest metrics: large 2, small 1`,
        ),
      ),
    );
    expect(Object.fromEntries(budget.dropped)).toEqual({ late: 1, small: 1 });
  });

  it('are a hundred names of metrics that exceeded a limit', () => {
    for (let i = 0; i < 150; i += 1) registry.counter(`c_${i}`).labels().inc();
    expect(budget.dropped.size).toBe(100);
    expect(tallies.counter.dropped()).toEqual({ series_limit: 147 });
  });

  it('are maxSeries series, and as many names', () => {
    for (let i = 0; i < 5; i += 1) registry.counter('x').labels({ i }).inc();
    for (let i = 0; i < 5; i += 1) registry.gauge(`g_${i}`).labels().set(1);
    expect(tallies.counter.dropped()).toEqual({ series_limit: 2 });
    expect(tallies.gauge.dropped()).toEqual({ series_limit: 5 });
    expect(changed.length).toBe(3);
  });

  it('are a thousand different warnings', () => {
    for (let i = 0; i < 2000; i += 1) registry.counter(`bad name\0${i}`).labels().inc();
    expect(log.warnings).toHaveLength(1000);
    expect(log.warnings.at(-1)).toContain('last warning of this kind');
    expect(tallies.counter.dropped()).toEqual({ invalid_name: 2000 });
  });
});

describe('names that come from data', () => {
  it('are removed when they have no series; declared ones stay', () => {
    registry.counter('used').labels().inc();
    registry.declareCounter({ name: 'declared' });
    registry.counter('declared_later').labels({ le: '5' }).inc();
    registry.declareCounter({ name: 'declared_later' });
    for (let i = 0; i < 10_000; i += 1) registry.counter(`x${i}`).labels({ le: '5' }).inc();
    const names = [...registry.families()].map(({ name }) => name);
    expect(names.length).toBeLessThan(1100);
    expect(names).toEqual(expect.arrayContaining(['used', 'declared', 'declared_later', 'x9999']));
    expect(tallies.counter.dropped()).toEqual({ reserved_label: 10_001 });
  });

  it('do not sort all metrics for each recording at the limit', () => {
    for (let i = 0; i < 3; i += 1) registry.counter(`x${i}`).labels().inc();
    const describe = jest.spyOn(budget, 'describe');
    for (let i = 0; i < 100; i += 1) registry.counter('one_more').labels().inc();
    expect(describe).toHaveBeenCalledTimes(1);
    expect(tallies.counter.dropped()).toEqual({ series_limit: 100 });
  });
});
