import { labelRange } from '../../protobuf/metric-block.js';
import type { TextPiece } from '../../text/text-piece.js';
import type { ExemplarMarks } from '../exemplar-marks.js';
import type { GoneBlock } from '../gone-block.js';
import type { BlockShape } from './block-shape.js';
import { MetricReader, type BlockExemplar } from './metric-reader.js';
import { RequestBuilder, type EncodedRequest } from './request-builder.js';
import type { SeriesLayout } from './series-layout.js';
import type { SampleTime } from './series-writer.js';

const VALUE: BlockShape = { kind: 'value' };
const NATIVE: BlockShape = { kind: 'native' };

/** Makes requests of the blocks of the protobuf exposition: of each what Prometheus makes of it when it scrapes. */
export class RoundEncoder {
  readonly #builder: RequestBuilder;
  readonly #marks: ExemplarMarks;
  readonly #timestampMs: number;
  readonly #metric = new MetricReader();
  /** Of the last histogram with classic buckets: those of neighbours are hardly ever others. */
  #classic: BlockShape & { readonly kind: 'classic' } = { kind: 'classic', bounds: [] };

  /**
   * @param maxSamples most samples and native histograms of a request; a histogram with more is a request of its own
   * @param timestampMs the time of all samples, in milliseconds since the epoch
   */
  constructor(maxSamples: number, timestampMs: number, marks: ExemplarMarks) {
    this.#builder = new RequestBuilder(maxSamples);
    this.#timestampMs = timestampMs;
    this.#marks = marks;
  }

  /** Adds the series of a piece. Calls `onChange` for each block that is not what it was when its layout was added before. */
  add(layout: SeriesLayout, piece: TextPiece, onChange: (block: number) => void): void {
    for (let block = 0; block < piece.length; block += 1) {
      const { start, end } = piece.rangeOf(block);
      const before = layout.shapes[block];
      const shape = start === end ? undefined : this.#addBlock(layout, piece, block, { start, end });
      if (shape !== before && before !== undefined) onChange(block);
      layout.shapes[block] = shape;
      if (shape !== undefined) this.#builder.noteBlock(layout, block);
    }
    layout.settle();
  }

  /** Marks series as gone. */
  addGone(gone: GoneBlock): void {
    const { layout, block, isNative, series, timestampMs } = gone;
    const labels = layout.knownLabelsOf(block);
    if (labels === undefined) return;
    this.#builder.begin(layout, labels, series.length).stale(isNative, series, timestampMs);
    if (isNative) this.#builder.noteHistograms(series.length);
    else this.#builder.noteSamples(series.length);
    this.#builder.noteGone(gone);
  }

  /** All requests. */
  take(): EncodedRequest[] {
    return this.#builder.take();
  }

  #addBlock(
    layout: SeriesLayout,
    piece: TextPiece,
    block: number,
    { start, end }: { readonly start: number; readonly end: number },
  ): BlockShape {
    const [metric, builder] = [this.#metric, this.#builder];
    const { bytes } = piece;
    const labels = layout.labelsOf(block, bytes, start);
    metric.read(bytes, labelRange(bytes, start).end, end);
    const time = this.#timeOf(metric);
    const exemplarsOf = (bucket: number | undefined): BlockExemplar['exemplar'][] =>
      metric.exemplars.length === 0 ? [] : this.#exemplars(layout, block, bucket);
    switch (metric.kind) {
      case 'value': {
        const writer = builder.begin(layout, labels, 1);
        writer.value('', undefined, metric.value, time, exemplarsOf(undefined));
        builder.noteSamples(1);
        return VALUE;
      }
      case 'native':
        builder.begin(layout, labels, 1).native(bytes, metric, time, exemplarsOf(undefined));
        builder.noteHistograms(1);
        return NATIVE;
      case 'classic': {
        const { bounds, cumulative, count, sum } = metric;
        const samples = bounds.length + 3;
        const writer = builder.begin(layout, labels, samples);
        for (let i = 0; i < bounds.length; i += 1) {
          writer.value('_bucket', bounds[i], cumulative[i] ?? 0, time, exemplarsOf(i));
        }
        writer.value('_bucket', Number.POSITIVE_INFINITY, count, time, exemplarsOf(bounds.length));
        writer.value('_sum', undefined, sum, time);
        writer.value('_count', undefined, count, time);
        builder.noteSamples(samples);
        return this.#classicShape(layout.shapes[block]);
      }
    }
  }

  #timeOf({ createdMs }: MetricReader): SampleTime {
    const timestampMs = this.#timestampMs;
    // A writer's clock may be ahead of this one.
    const startMs = createdMs === undefined || createdMs === 0 || createdMs >= timestampMs ? undefined : createdMs;
    return { timestampMs, startMs };
  }

  #exemplars(layout: SeriesLayout, block: number, bucket: number | undefined): BlockExemplar['exemplar'][] {
    const own = this.#metric.exemplars.filter((one) => one.bucket === bucket);
    if (own.length === 0) return [];
    const key = `${layout.family.name}\0${layout.keyOf(block)}\0${bucket ?? ''}`;
    const found = this.#marks.newOf(key, own);
    for (const { timestampMs = 0 } of found) this.#builder.noteExemplar(key, timestampMs);
    return found;
  }

  #classicShape(before: BlockShape | undefined): BlockShape {
    const { bounds } = this.#metric;
    const isIt = (shape: BlockShape | undefined): boolean =>
      shape?.kind === 'classic' &&
      shape.bounds.length === bounds.length &&
      shape.bounds.every((bound, i) => bound === bounds[i]);
    if (before !== undefined && isIt(before)) return before;
    if (!isIt(this.#classic)) this.#classic = { kind: 'classic', bounds: [...bounds] };
    return this.#classic;
  }
}
