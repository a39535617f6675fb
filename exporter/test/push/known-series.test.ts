import { expect, it } from '@jest/globals';
import { encodeLabels, metricBlock } from '../../src/protobuf/metric-block.js';
import { encodeGauge, encodeValue } from '../../src/protobuf/metric-value.js';
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
const piece = (...blocks: readonly string[]): TextPiece => TextPiece.of(blocks, 'latin1');
const shown = (gone: readonly GoneBlock[]): string[] =>
  gone.map(({ layout, block }) => layout.keyOf(block).replace('\0', '='));

/** One round with these pieces. */
function round(known: KnownSeries, pieces: readonly TextPiece[], timestampMs = NOW_MS): GoneBlock[] {
  const encoder = new RoundEncoder(2000, timestampMs, new ExemplarMarks());
  for (const one of pieces) {
    const layout = known.layoutOf(one, family);
    encoder.add(layout, one, (block, before) => known.noteChanged(layout, block, before));
  }
  return known.finish(timestampMs);
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
    { shape: { kind: 'classic', bounds: [1, 2] }, kept: { kind: 'classic', bounds: [2, 3] } },
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
