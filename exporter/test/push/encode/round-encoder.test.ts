import { describe, expect, it } from '@jest/globals';
import { formatLe, type Exemplar, type Label } from '@redmeter/metric-format';
import type { HistogramView, SeriesValue } from '@redmeter/metric-reader';
import fc from 'fast-check';
import { uncompress } from 'snappyjs';
import { encodeLabels, metricBlock } from '../../../src/protobuf/metric-block.js';
import type { FamilyFields } from '../../../src/protobuf/family-message.js';
import { encodeValue } from '../../../src/protobuf/metric-value.js';
import type { EncodedRequest } from '../../../src/push/encode/request-builder.js';
import { seriesOf as seriesOfShape } from '../../../src/push/encode/block-shape.js';
import { RoundEncoder } from '../../../src/push/encode/round-encoder.js';
import { SeriesLayout } from '../../../src/push/encode/series-layout.js';
import { ExemplarMarks } from '../../../src/push/exemplar-marks.js';
import { TextPiece } from '../../../src/text/text-piece.js';
import { decodeRequest, type DecodedSeries } from './decoded-request.js';

const NOW_MS = 1_763_600_012_345;
const JOBS: FamilyFields = { name: 'jobs_total', type: 'counter', help: 'Jobs done.', unit: undefined };
const WAIT: FamilyFields = { name: 'wait_seconds', type: 'histogram', help: 'Time of waiting.', unit: 'seconds' };
const TARGET = [['job', 'redmeter']] as const;
const NATIVE = {
  schema: 3,
  zeroThreshold: 0.001,
  zeroCount: 2,
  positive: { indexes: [-3, -2, 5], counts: [1, 4, 2] },
  negative: { indexes: [0], counts: [7] },
};

const counter = (value: number, more: object = {}): SeriesValue => ({
  type: 'counter',
  value,
  createdMs: undefined,
  timestampMs: undefined,
  ...more,
});
const histogram = (more: Partial<HistogramView> = {}): SeriesValue => ({
  type: 'histogram',
  count: 7,
  sum: 812.5,
  buckets: { bounds: [-5, 0, 10], counts: [1, 0, 2, 4] },
  percentiles: [],
  createdMs: undefined,
  timestampMs: undefined,
  ...more,
});
const at = (value: number, timestampMs: number | undefined): Exemplar => ({
  labels: [['trace_id', `of ${value}`]],
  value,
  timestampMs,
});
const pieceOf = (series: readonly (readonly [readonly Label[], SeriesValue])[]): TextPiece =>
  TextPiece.of(
    series.map(([labels, value]) => metricBlock(encodeLabels(labels), encodeValue(value))),
    'latin1',
  );

interface Given {
  readonly family?: FamilyFields;
  readonly targetLabels?: readonly Label[];
  readonly maxSamples?: number;
  readonly marks?: ExemplarMarks;
}

function encode(
  series: readonly (readonly [readonly Label[], SeriesValue])[],
  { family = JOBS, targetLabels = TARGET, maxSamples = 2000, marks = new ExemplarMarks() }: Given = {},
): readonly EncodedRequest[] {
  const encoder = new RoundEncoder(maxSamples, NOW_MS, marks);
  encoder.add(new SeriesLayout(family, targetLabels), pieceOf(series), () => undefined);
  return encoder.take();
}

const seriesOf = (requests: readonly EncodedRequest[]): readonly DecodedSeries[] =>
  requests.flatMap(({ body }) => decodeRequest(body).series);

it('a counter is one sample, with when it began, and the description of its metric', () => {
  expect(seriesOf(encode([[[['q', 'a']], counter(5, { createdMs: 1_763_600_000_000.75 })]]))).toEqual([
    {
      labels: [
        ['__name__', 'jobs_total'],
        ['job', 'redmeter'],
        ['q', 'a'],
      ],
      samples: [{ value: 5, timestamp: BigInt(NOW_MS), startTimestamp: 1_763_600_000_000n }],
      type: 'COUNTER',
      help: 'Jobs done.',
      unit: '',
    },
  ]);
});

it.each([NOW_MS, NOW_MS + 1, 0])('a beginning at %d is left out', (createdMs) => {
  const [series] = seriesOf(encode([[[], counter(5, { createdMs })]]));
  expect(series?.samples).toEqual([{ value: 5, timestamp: BigInt(NOW_MS) }]);
});

it('a classic histogram is a series for each bucket, its sum and its count', () => {
  const series = seriesOf(encode([[[['Zone', 'b']], histogram({ createdMs: 1500 })]], { family: WAIT }));
  const time = { timestamp: BigInt(NOW_MS), startTimestamp: 1500n };
  expect(series.map(({ labels, samples }) => [Object.fromEntries(labels), samples])).toEqual(
    [
      [{ __name__: 'wait_seconds_bucket', le: '-5.0' }, 1],
      [{ __name__: 'wait_seconds_bucket', le: '0.0' }, 1],
      [{ __name__: 'wait_seconds_bucket', le: '10.0' }, 3],
      [{ __name__: 'wait_seconds_bucket', le: '+Inf' }, 7],
      [{ __name__: 'wait_seconds_sum' }, 812.5],
      [{ __name__: 'wait_seconds_count' }, 7],
    ].map(([labels, value]) => [{ Zone: 'b', job: 'redmeter', ...(labels as object) }, [{ value, ...time }]]),
  );
  expect(new Set(series.map(({ type, unit }) => `${type} ${unit}`))).toEqual(new Set(['HISTOGRAM seconds']));
});

it('a native histogram is one histogram', () => {
  const requests = encode([[[], histogram({ native: NATIVE, createdMs: 1500 })]], { family: WAIT });
  expect(requests).toMatchObject([{ samples: 0, histograms: 1 }]);
  const [series] = seriesOf(requests);
  expect(series?.samples).toBeUndefined();
  expect(series?.histograms).toEqual([
    {
      countInt: 7n,
      sum: 812.5,
      schema: 3,
      zeroThreshold: 0.001,
      zeroCountInt: 2n,
      negativeSpans: [{ offset: 0, length: 1 }],
      negativeDeltas: [7n],
      positiveSpans: [
        { offset: -3, length: 2 },
        { offset: 6, length: 1 },
      ],
      positiveDeltas: [1n, 3n, -2n],
      timestamp: BigInt(NOW_MS),
      startTimestamp: 1500n,
    },
  ]);
});

it('labels are in the order of their names, those of the target win, empty ones are left out', () => {
  const labels: Label[] = [
    ['A', '1'],
    ['empty', ''],
    ['job', 'own'],
    ['größe', 'é\n"\u{1f600}'],
    ['z', '2'],
  ];
  const [series] = seriesOf(encode([[labels, counter(1)]]));
  expect(series?.labels).toEqual([
    ['A', '1'],
    ['__name__', 'jobs_total'],
    ['exported_job', 'own'],
    ['größe', 'é\n"\u{1f600}'],
    ['job', 'redmeter'],
    ['z', '2'],
  ]);
});

it('each string is in a request once, and the first one is empty', () => {
  const series = Array.from({ length: 100 }, (_, i) => [[['q', `x${i % 10}`]], counter(i)] as const);
  const [request] = encode(series);
  const { symbols } = decodeRequest(request?.body ?? Buffer.alloc(0));
  expect(symbols[0]).toBe('');
  expect(new Set(symbols).size).toBe(symbols.length);
  expect(symbols).toHaveLength(7 + 10);
});

it('requests have at most so many samples, and a histogram is not divided', () => {
  const requests = encode(
    Array.from({ length: 5 }, (_, i) => [[['q', `x${i}`]], histogram()] as const),
    { family: WAIT, maxSamples: 13 },
  );
  expect(requests.map(({ samples }) => samples)).toEqual([12, 12, 6]);
  expect(seriesOf(requests).map(({ labels }) => labels.at(-1)?.[1])).toEqual(
    Array.from({ length: 30 }, (_, i) => `x${Math.floor(i / 6)}`),
  );
  expect(encode([[[], histogram()]], { family: WAIT, maxSamples: 1 }).map(({ samples }) => samples)).toEqual([6]);
});

it('values and labels come back, whatever they are', () => {
  const name = fc
    .string({ unit: 'binary', minLength: 1, maxLength: 20 })
    .filter((text) => !/^(__|job$|le$)/.test(text));
  const labels = fc.uniqueArray(fc.tuple(name, fc.string({ unit: 'binary', minLength: 1, maxLength: 200 })), {
    selector: ([label]) => label,
    maxLength: 5,
  });
  const value = fc.oneof(
    fc.double().map((number): SeriesValue => counter(number)),
    fc.tuple(fc.array(fc.maxSafeNat(), { minLength: 1, maxLength: 40 }), fc.double()).map(([counts, sum]) => {
      const bounds = counts.slice(1).map((_, i) => i - 3);
      return histogram({ buckets: { bounds, counts: counts.map((count) => count % 1e6) }, sum });
    }),
  );
  fc.assert(
    fc.property(
      fc.array(fc.tuple(labels, value), { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 1, max: 100 }),
      (given, maxSamples) => {
        const found = seriesOf(encode(given, { maxSamples }));
        const expected = given.flatMap(([own, one]) => flat(own, one));
        expect(found.map(({ labels: shown, samples = [] }) => [Object.fromEntries(shown), samples[0]?.value])).toEqual(
          expected,
        );
        for (const { labels: shown } of found) {
          const names = shown.map(([label]) => Buffer.from(label));
          expect(names).toEqual([...names].sort((a, b) => Buffer.compare(a, b)));
        }
      },
    ),
  );
});

/** What a series is to Prometheus. */
function flat(own: readonly Label[], value: SeriesValue): [Record<string, string>, number][] {
  const labels = { job: 'redmeter', ...Object.fromEntries(own) };
  if (value.type !== 'histogram') return [[{ ...labels, __name__: 'jobs_total' }, value.value]];
  let below = 0;
  const buckets = (value.buckets?.bounds ?? []).map((bound, i): [Record<string, string>, number] => {
    below += value.buckets?.counts[i] ?? 0;
    return [{ ...labels, __name__: 'jobs_total_bucket', le: formatLe(bound) }, below];
  });
  return [
    ...buckets,
    [{ ...labels, __name__: 'jobs_total_bucket', le: '+Inf' }, value.count],
    [{ ...labels, __name__: 'jobs_total_sum' }, value.sum],
    [{ ...labels, __name__: 'jobs_total_count' }, value.count],
  ];
}

describe('exemplars', () => {
  it('of a counter and of buckets stand with their series', () => {
    const [jobs] = seriesOf(encode([[[], counter(5, { exemplars: [at(1, 1500)] })]]));
    expect(jobs?.exemplars).toEqual([{ labels: [['trace_id', 'of 1']], value: 1, timestamp: 1500n }]);
    const exemplars = [at(-7, 1), at(3, 2), at(10.5, 3), at(11, undefined)];
    const buckets = seriesOf(encode([[[], histogram({ exemplars })]], { family: WAIT }));
    expect(buckets.map((series) => series.exemplars?.map(({ value }) => value))).toEqual([
      [-7],
      undefined,
      [3],
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('of a native histogram stand with it, the oldest first, and only those that were not delivered', () => {
    const marks = new ExemplarMarks();
    marks.note(new Map());
    const push = (exemplars: readonly Exemplar[]): readonly (number | undefined)[] => {
      const requests = encode([[[], histogram({ native: NATIVE, exemplars })]], { family: WAIT, marks });
      for (const { marks: delivered } of requests) marks.note(delivered);
      return seriesOf(requests)[0]?.exemplars?.map(({ value }) => value) ?? [];
    };
    expect(push([at(0.5, 2000), at(3, 1000)])).toEqual([3, 0.5]);
    expect(push([at(0.5, 2000), at(3, 1000)])).toEqual([]);
    expect(push([at(0.5, 2000), at(7, 2001)])).toEqual([7]);
  });
});

describe('series that are gone', () => {
  const STALE = Buffer.from([2, 0, 0, 0, 0, 0, 0xf0, 0x7f]);
  const marksOf = (value: SeriesValue): [readonly EncodedRequest[], number] => {
    const layout = new SeriesLayout(WAIT, TARGET);
    const before = new RoundEncoder(2000, NOW_MS, new ExemplarMarks());
    before.add(layout, pieceOf([[[['q', 'a']], value]]), () => undefined);
    const encoder = new RoundEncoder(2000, NOW_MS + 1000, new ExemplarMarks());
    const [shape] = layout.shapes;
    if (shape === undefined) throw new Error('expected a block');
    const series = seriesOfShape(shape);
    encoder.addGone({ layout, block: 0, isNative: shape.kind === 'native', series, timestampMs: NOW_MS + 500 });
    const requests = encoder.take();
    const bytes = Buffer.concat(requests.map(({ body }) => uncompress(body)));
    let marks = 0;
    for (let found = bytes.indexOf(STALE); found >= 0; found = bytes.indexOf(STALE, found + 1)) marks += 1;
    return [requests, marks];
  };

  it.each([
    ['a counter', counter(5), 1],
    ['a classic histogram', histogram(), 6],
    ['a native histogram', histogram({ native: NATIVE }), 1],
  ])('%s: all of its series have the mark of Prometheus', (_, value, count) => {
    const [requests, marks] = marksOf(value);
    expect(marks).toBe(count);
    expect(requests.map(({ samples, histograms }) => samples + histograms)).toEqual([count]);
    for (const { labels, samples, histograms, type } of seriesOf(requests)) {
      expect(labels.at(-1)).toEqual(['q', 'a']);
      expect(type).toBe('HISTOGRAM');
      const [one] = samples ?? histograms ?? [];
      expect(one?.timestamp).toBe(BigInt(NOW_MS + 500));
    }
  });
});
