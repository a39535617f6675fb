import type { HistogramView, SeriesValue } from '@redmeter/metric-reader';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
// Not of its API: what encodes is a part of the exporter.
import { encodeLabels, metricBlock } from '../../exporter/dist/protobuf/metric-block.js';
import { encodeValue } from '../../exporter/dist/protobuf/metric-value.js';
import type { Benchmark, Result } from './benchmark.js';
import { median } from './statistics.js';

const ROUNDS = 15;
const WARM_UP_ROUNDS = 5;
const SCHEMA = fileURLToPath(new URL('../../exporter/test/protobuf/metrics.proto', import.meta.url));
const CREATED_MS = 1_763_600_000_123;

type Labels = readonly (readonly [string, string])[];

/** Series of one kind, and what they are as messages of a library. */
interface Series {
  readonly what: string;
  readonly all: readonly { readonly labels: Labels; readonly value: SeriesValue }[];
  readonly metric: (labels: Labels, value: SeriesValue) => object;
}

const labelsOf = (i: number): Labels => [
  ['endpoint', `/api/items/${i % 1000}`],
  ['method', ['GET', 'POST', 'PUT'][i % 3] ?? ''],
  ['status', String(200 + (i % 5))],
];
const bounds = Array.from({ length: 20 }, (_, i) => 2 ** (i - 8));
const bucketCounts = Array.from({ length: 21 }, (_, i) => i * 7);
const nativeSide = {
  indexes: Array.from({ length: 60 }, (_, i) => i + 20 * Math.floor(i / 20)),
  counts: Array.from({ length: 60 }, (_, i) => 1 + ((i * 37) % 900)),
};
const sum = (counts: readonly number[]): number => counts.reduce((total, n) => total + n, 0);
const histogram = (i: number, native: boolean): HistogramView => ({
  type: 'histogram',
  count: sum(native ? nativeSide.counts : bucketCounts),
  sum: 1000.25 + i,
  buckets: native ? undefined : { bounds, counts: bucketCounts },
  ...(native
    ? {
        native: { schema: 3, zeroThreshold: 2 ** -128, zeroCount: 0, positive: nativeSide, negative: NO_SIDE },
      }
    : {}),
  percentiles: [],
  createdMs: CREATED_MS,
  timestampMs: undefined,
});
const NO_SIDE = { indexes: [], counts: [] };
const created = { seconds: Math.floor(CREATED_MS / 1000), nanos: (CREATED_MS % 1000) * 1e6 };
const label = (labels: Labels): object[] => labels.map(([name, value]) => ({ name, value }));

const KINDS: readonly Series[] = [
  {
    what: '100,000 counters',
    all: Array.from({ length: 100_000 }, (_, i) => ({
      labels: labelsOf(i),
      value: { type: 'counter', value: i * 3, createdMs: CREATED_MS, timestampMs: undefined },
    })),
    metric: (labels, value) => ({
      label: label(labels),
      counter: { value: value.type === 'counter' ? value.value : 0, createdTimestamp: created },
    }),
  },
  {
    what: '5,000 histograms of 20 buckets',
    all: Array.from({ length: 5000 }, (_, i) => ({ labels: labelsOf(i), value: histogram(i, false) })),
    metric: (labels, value) => ({ label: label(labels), histogram: classicMessage(value as HistogramView) }),
  },
  {
    what: '5,000 native histograms of 60 buckets',
    all: Array.from({ length: 5000 }, (_, i) => ({ labels: labelsOf(i), value: histogram(i, true) })),
    metric: (labels, value) => ({ label: label(labels), histogram: nativeMessage(value as HistogramView) }),
  },
];

function classicMessage({ count, sum: sampleSum, buckets }: HistogramView): object {
  let cumulative = 0;
  const bucket = (buckets?.bounds ?? []).map((upperBound, i) => {
    cumulative += buckets?.counts[i] ?? 0;
    return { cumulativeCount: cumulative, upperBound };
  });
  return { sampleCount: count, sampleSum, bucket, createdTimestamp: created };
}

function nativeMessage({ count, sum: sampleSum, native }: HistogramView): object {
  const { indexes = [], counts = [] } = native?.positive ?? {};
  const positiveSpan: { offset: number; length: number }[] = [];
  const positiveDelta = counts.map((n, i) => n - (counts[i - 1] ?? 0));
  indexes.forEach((index, i) => {
    const gap = index - ((indexes[i - 1] ?? -1) + 1);
    const last = positiveSpan.at(-1);
    if (last === undefined || gap > 0) positiveSpan.push({ offset: gap, length: 1 });
    else last.length += 1;
  });
  const { schema, zeroThreshold, zeroCount } = native ?? {};
  const fields = { schema, zeroThreshold, zeroCount, positiveSpan, positiveDelta, createdTimestamp: created };
  return { sampleCount: count, sampleSum, ...fields };
}

/** The encoder of the native exporter beside protobufjs with the official schema: all series of a family, as for a first scrape. */
export const protobufEncoding: Benchmark = {
  name: 'protobuf',
  async run(progress) {
    const root = await new protobuf.Root().load(SCHEMA);
    const family = root.lookupType('io.prometheus.client.MetricFamily');
    const rows = KINDS.map((series) => {
      progress(series.what);
      const ours = (): Buffer =>
        Buffer.from(
          series.all.map(({ labels, value }) => metricBlock(encodeLabels(labels), encodeValue(value))).join(''),
          'latin1',
        );
      const theirs = (): Uint8Array =>
        family.encode({ metric: series.all.map(({ labels, value }) => series.metric(labels, value)) }).finish();
      if (Buffer.compare(ours(), theirs()) !== 0) throw new Error(`${series.what}: expected the same bytes`);
      const times: { readonly ours: number[]; readonly theirs: number[] } = { ours: [], theirs: [] };
      for (let i = 0; i < WARM_UP_ROUNDS + ROUNDS; i += 1) {
        const [a, b] = [timeOf(ours), timeOf(theirs)];
        if (i < WARM_UP_ROUNDS) continue;
        times.ours.push(a);
        times.theirs.push(b);
      }
      return { what: series.what, bytes: ours().length, ours: median(times.ours), theirs: median(times.theirs) };
    });
    return resultOf(rows);
  },
};

function timeOf(work: () => Uint8Array): number {
  const startMs = performance.now();
  work();
  return performance.now() - startMs;
}

function resultOf(
  rows: readonly { readonly what: string; readonly bytes: number; readonly ours: number; readonly theirs: number }[],
): Result {
  return {
    name: 'protobuf',
    method:
      'All series of a family as protobuf, from their labels and values, in one process, taking turns; medians. The bytes are the same. ' +
      'protobufjs has the official schema and encodes plain objects.',
    columns: ['series', 'bytes', 'exporter ms', 'protobufjs ms', 'exporter / protobufjs'],
    rows: rows.map(({ what, bytes, ours, theirs }) => [
      what,
      bytes,
      ours.toFixed(1),
      theirs.toFixed(1),
      (ours / theirs).toFixed(2),
    ]),
    claims: rows.map(({ what, ours, theirs }) => ({
      text: `${what}, times protobufjs`,
      measured: ours / theirs,
      atMost: 1,
      unit: '',
    })),
  };
}
