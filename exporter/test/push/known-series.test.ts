import { describe, expect, it } from '@jest/globals';
import { encodeLabels, metricBlock } from '../../src/protobuf/metric-block.js';
import { encodeGauge, encodeValue } from '../../src/protobuf/metric-value.js';
import type { EncodedRequest } from '../../src/push/encode/request-builder.js';
import { RoundEncoder } from '../../src/push/encode/round-encoder.js';
import { ExemplarMarks } from '../../src/push/exemplar-marks.js';
import type { GoneBlock } from '../../src/push/gone-block.js';
import { KnownSeries } from '../../src/push/known-series.js';
import { TextPiece } from '../../src/text/text-piece.js';

const MINUTE = 60_000;
const NOW_MS = 1_763_600_000_000;
const family = { name: 'load', type: 'gauge', help: '', unit: undefined } as const;

const gauge = (cpu: string): string => metricBlock(encodeLabels([['cpu', cpu]]), encodeGauge(1));
const histogram = (bounds: readonly number[]): string =>
  metricBlock(
    encodeLabels([['cpu', 'h']]),
    encodeValue({
      type: 'histogram',
      count: 1,
      sum: 1,
      buckets: { bounds, counts: [...bounds.map(() => 0), 1] },
      percentiles: [],
      createdMs: undefined,
      timestampMs: undefined,
    }),
  );
const native = metricBlock(
  encodeLabels([['cpu', 'h']]),
  encodeValue({
    type: 'histogram',
    count: 1,
    sum: 1,
    buckets: { bounds: [], counts: [1] },
    native: {
      schema: 0,
      zeroThreshold: 0,
      zeroCount: 0,
      positive: { indexes: [0], counts: [1] },
      negative: { indexes: [], counts: [] },
    },
    percentiles: [],
    createdMs: undefined,
    timestampMs: undefined,
  }),
);
const piece = (...blocks: readonly string[]): TextPiece => TextPiece.of(blocks, 'latin1');
const shown = (gone: readonly GoneBlock[]): string[] =>
  gone.map(({ layout, block }) => layout.keyOf(block).replace('\0', '='));

/** A piece of the metric `load`, or of another one. */
type Piece = TextPiece | { readonly piece: TextPiece; readonly name: string };

/** One round with these pieces, of which the endpoint takes all. */
function round(known: KnownSeries, pieces: readonly Piece[], timestampMs = NOW_MS): GoneBlock[] {
  const { gone, requests } = roundWithoutAnswer(known, pieces, timestampMs);
  for (const { layout, start, end } of requests.flatMap(({ blocks }) => blocks)) layout.noteDelivered(start, end);
  return gone;
}

/** One round of which the endpoint takes nothing. */
function roundWithoutAnswer(
  known: KnownSeries,
  pieces: readonly Piece[],
  timestampMs = NOW_MS,
): { readonly gone: GoneBlock[]; readonly requests: readonly EncodedRequest[] } {
  const encoder = new RoundEncoder(2000, timestampMs, new ExemplarMarks());
  for (const one of pieces) {
    const { piece: blocks, name } = one instanceof TextPiece ? { piece: one, name: family.name } : one;
    const layout = known.layoutOf(blocks, { ...family, name });
    encoder.add(layout, blocks, (block) => known.noteChanged(layout, block));
  }
  return { gone: known.finish(timestampMs), requests: encoder.take() };
}

it('a series is gone once, when it is in no piece any more', () => {
  const known = new KnownSeries([]);
  const all = piece(gauge('a'), gauge('b'), gauge('c'));
  expect(round(known, [all])).toEqual([]);
  expect(round(known, [all])).toEqual([]);
  const fewer = piece(gauge('a'), gauge('c'));
  expect(shown(round(known, [fewer]))).toEqual(['cpu=b']);
  expect(round(known, [fewer])).toEqual([]);
  expect(shown(round(known, []))).toEqual(['cpu=a', 'cpu=c']);
});

it('one that moves to another piece is not gone', () => {
  const known = new KnownSeries([]);
  round(known, [piece(gauge('a'), gauge('b')), piece(gauge('c'))]);
  expect(round(known, [piece(gauge('a')), piece(gauge('b'), gauge('c'))])).toEqual([]);
});

it('one that is empty within its piece is gone, unless it is in another', () => {
  const known = new KnownSeries([]);
  const all = piece(gauge('a'), gauge('b'));
  round(known, [all]);
  expect(shown(round(known, [all.with([{ index: 1, text: '' }])]))).toEqual(['cpu=b']);
  expect(round(known, [all.with([{ index: 1, text: gauge('b') }])])).toEqual([]);
  expect(round(known, [all.with([{ index: 1, text: '' }]), piece(gauge('b'))])).toEqual([]);
});

it('of a histogram with other buckets the old ones are gone', () => {
  const known = new KnownSeries([]);
  const all = piece(histogram([1, 2]));
  round(known, [all]);
  expect(round(known, [all.with([{ index: 0, text: histogram([2, 3]) }])])).toMatchObject([
    { isNative: false, series: [['_bucket', 1]] },
  ]);
  expect(round(known, [piece(histogram([2, 3]))])).toEqual([]);
});

it('a mark that was not delivered is due again with its time, until nobody needs it', () => {
  const known = new KnownSeries([]);
  round(known, [piece(gauge('a'), gauge('b'))]);
  const rest = piece(gauge('a'));
  const gone = round(known, [rest], NOW_MS + MINUTE);
  known.takeBack(gone);
  expect(round(known, [rest], NOW_MS + 2 * MINUTE)).toEqual(gone);
  known.takeBack(gone);
  expect(round(known, [rest], NOW_MS + 6 * MINUTE)).toEqual([]);
});

it('a mark that was not delivered is not due where the series is back', () => {
  const known = new KnownSeries([]);
  const all = piece(gauge('a'), gauge('b'));
  round(known, [all]);
  known.takeBack(round(known, [piece(gauge('a'))]));
  expect(round(known, [all])).toEqual([]);
});

describe('a series that the endpoint never took', () => {
  it('gets no mark', () => {
    const known = new KnownSeries([]);
    const all = piece(gauge('a'), gauge('b'));
    round(known, [piece(gauge('a'))]);
    roundWithoutAnswer(known, [all]);
    expect(round(known, [piece(gauge('a'))])).toEqual([]);
  });

  it('gets none of its buckets marked, but its sum and count where those were taken under other bounds', () => {
    const known = new KnownSeries([]);
    const all = piece(histogram([1]));
    round(known, [all]);
    const rest = all.with([{ index: 0, text: histogram([2]) }]);
    const { gone } = roundWithoutAnswer(known, [rest]);
    expect(gone).toMatchObject([{ series: [['_bucket', 1]] }]);
    known.takeBack(gone);
    expect(round(known, [])).toMatchObject([
      { series: [['_bucket', 1]] },
      {
        series: [
          ['_bucket', Infinity],
          ['_sum', undefined],
          ['_count', undefined],
        ],
      },
    ]);
  });

  it('is not one that moved to another piece after it was taken', () => {
    const known = new KnownSeries([]);
    round(known, [piece(gauge('a'), gauge('b'))]);
    roundWithoutAnswer(known, [piece(gauge('a')), piece(gauge('b'))]);
    expect(shown(round(known, [piece(gauge('a'))]))).toEqual(['cpu=b']);
  });

  it('is not one that was away for a round, and moved, after it was taken', () => {
    const known = new KnownSeries([]);
    round(known, [piece(gauge('a'), gauge('b'))]);
    known.takeBack(roundWithoutAnswer(known, [piece(gauge('a'))]).gone);
    roundWithoutAnswer(known, [piece(gauge('a')), piece(gauge('b'))]);
    expect(shown(round(known, [piece(gauge('a'))]))).toEqual(['cpu=b']);
  });
});

describe('a series that lives in this round gets no mark', () => {
  it.each([
    [
      'of a histogram',
      { piece: piece(histogram([1])), name: 'load' },
      { piece: piece(gauge('h')), name: 'load_count' },
      3,
    ],
    ['of a gauge', { piece: piece(gauge('h')), name: 'load_count' }, { piece: piece(histogram([1])), name: 'load' }, 0],
    ['of a native histogram', { piece: piece(native), name: 'load' }, { piece: piece(gauge('h')), name: 'load' }, 0],
  ])('where its name was %s', (_name, before, after, marks) => {
    const known = new KnownSeries([]);
    round(known, [before]);
    const series = round(known, [after]).flatMap((gone) => gone.series);
    expect(series).toHaveLength(marks);
    expect(series).not.toContainEqual(['_count', undefined]);
  });
});
