import { compareBytes, type Exemplar } from '@redmeter/metric-format';
import { ByteWriter } from '../../protobuf/byte-writer.js';
import { shownUnit } from '../../protobuf/family-message.js';
import { leText } from '../../series/lines/le-text.js';
import type { BlockSeries, Suffix } from './block-shape.js';
import type { MetricReader } from './metric-reader.js';
import type { BlockLabels, SeriesLayout } from './series-layout.js';
import { writeNative } from './native-sample.js';
import { NAME_REF, type SymbolTable } from './symbol-table.js';

// Tags of io.prometheus.write.v2.TimeSeries and of the messages in it: prompb/io/prometheus/write/v2/types.proto of Prometheus.
const SERIES = 0x2a;
const LABELS_REFS = 0x0a;
const SAMPLE = { self: 0x12, value: 0x09, timestamp: 0x10, start: 0x18 } as const;
const HISTOGRAM = { self: 0x1a, count: 0x08, sum: 0x19, timestamp: 0x78, start: 0x88 } as const;
const EXEMPLAR = { self: 0x22, value: 0x11, timestamp: 0x18 } as const;
const METADATA = { self: 0x2a, type: 0x08, help: 0x18, unit: 0x20 } as const;
const TYPES = { counter: 1, gauge: 2, histogram: 3 } as const;

/** The NaN that says that a series is gone; other NaNs are values. Its bytes, since JavaScript may change those of a NaN. */
const STALE = Buffer.from([2, 0, 0, 0, 0, 0, 0xf0, 0x7f]);

/** When something was so. */
export interface SampleTime {
  readonly timestampMs: number;
  /** When the count began; undefined when unknown. */
  readonly startMs: number | undefined;
}

/** Writes series into a request. */
export class SeriesWriter {
  readonly #writer = new ByteWriter();
  readonly #symbols: SymbolTable;
  #layout: SeriesLayout | undefined;
  #labels: BlockLabels | undefined;
  /** Numbers of the family's strings in this request. */
  #help = 0;
  #unit = 0;
  #names = new Map<Suffix, number>();

  constructor(symbols: SymbolTable) {
    this.#symbols = symbols;
  }

  /** Goes on with a block. */
  begin(layout: SeriesLayout, labels: BlockLabels): void {
    this.#labels = labels;
    if (layout === this.#layout) return;
    this.#layout = layout;
    this.#names.clear();
    this.#help = this.#symbols.ref(layout.family.help);
    this.#unit = this.#symbols.ref(shownUnit(layout.family) ?? '');
  }

  /** A number. */
  value(
    suffix: Suffix,
    le: number | undefined,
    value: number,
    time: SampleTime,
    exemplars: readonly Exemplar[] = [],
  ): void {
    const at = this.#open(suffix, le);
    this.#sample(value, time);
    for (const exemplar of exemplars) this.#exemplar(exemplar);
    this.#close(at);
  }

  /** A native histogram as it stands in the exposition. */
  native(bytes: Buffer, metric: MetricReader, time: SampleTime, exemplars: readonly Exemplar[]): void {
    const writer = this.#writer;
    const at = this.#open('', undefined);
    writer.tag(HISTOGRAM.self);
    const histogram = writer.open();
    writeNative(writer, bytes, metric);
    this.#histogramTime(time);
    writer.close(histogram);
    for (const exemplar of exemplars) this.#exemplar(exemplar);
    this.#close(at);
  }

  /** Says of series of a block that they are gone. */
  stale(isNative: boolean, series: readonly BlockSeries[], timestampMs: number): void {
    const time = { timestampMs, startMs: undefined };
    for (const [suffix, le] of series) {
      const at = this.#open(suffix, le);
      if (isNative) this.#staleHistogram(time);
      else this.#sample(undefined, time);
      this.#close(at);
    }
  }

  /** The number of bytes since the last `take`. */
  get length(): number {
    return this.#writer.length;
  }

  /** The bytes of the series; begins another request. */
  take(): Buffer {
    this.#layout = undefined;
    return this.#writer.take();
  }

  /** Begins a series with its labels. */
  #open(suffix: Suffix, le: number | undefined): number {
    const writer = this.#writer;
    writer.tag(SERIES);
    const at = writer.open();
    writer.tag(LABELS_REFS);
    const refs = writer.open();
    this.#writeLabels(suffix, le);
    writer.close(refs);
    return at;
  }

  #writeLabels(suffix: Suffix, le: number | undefined): void {
    const [layout, labels] = [this.#layout, this.#labels];
    if (layout === undefined || labels === undefined) return;
    const [writer, symbols] = [this.#writer, this.#symbols];
    const { pairs, beforeName, beforeLe } = labels;
    for (let i = 0; ; i += 2) {
      if (i === beforeName * 2) {
        writer.varint(NAME_REF);
        writer.varint(this.#nameRef(suffix));
      }
      if (i === beforeLe * 2 && le !== undefined) {
        writer.varint(symbols.ref('le'));
        writer.varint(symbols.ref(leText(le)));
      }
      if (i >= pairs.length) return;
      writer.varint(symbols.refOf(layout, pairs[i] ?? 0));
      writer.varint(symbols.refOf(layout, pairs[i + 1] ?? 0));
    }
  }

  #nameRef(suffix: Suffix): number {
    let ref = this.#names.get(suffix);
    if (ref === undefined) {
      ref = this.#symbols.ref(`${this.#layout?.family.name ?? ''}${suffix}`);
      this.#names.set(suffix, ref);
    }
    return ref;
  }

  /** @param value undefined for the mark of a series that is gone */
  #sample(value: number | undefined, { timestampMs, startMs }: SampleTime): void {
    const writer = this.#writer;
    writer.tag(SAMPLE.self);
    const at = writer.open();
    writer.tag(SAMPLE.value);
    if (value === undefined) writer.copy(STALE);
    else writer.double(value);
    writer.tag(SAMPLE.timestamp);
    writer.varint(timestampMs);
    if (startMs !== undefined) {
      writer.tag(SAMPLE.start);
      writer.varint(startMs);
    }
    writer.close(at);
  }

  #staleHistogram(time: SampleTime): void {
    const writer = this.#writer;
    writer.tag(HISTOGRAM.self);
    const at = writer.open();
    writer.tag(HISTOGRAM.count);
    writer.varint(0);
    writer.tag(HISTOGRAM.sum);
    writer.copy(STALE);
    this.#histogramTime(time);
    writer.close(at);
  }

  #histogramTime({ timestampMs, startMs }: SampleTime): void {
    const writer = this.#writer;
    writer.tag(HISTOGRAM.timestamp);
    writer.varint(timestampMs);
    if (startMs === undefined) return;
    writer.varint(HISTOGRAM.start);
    writer.varint(startMs);
  }

  #exemplar({ labels, value, timestampMs = 0 }: Exemplar): void {
    const [writer, symbols] = [this.#writer, this.#symbols];
    writer.tag(EXEMPLAR.self);
    const at = writer.open();
    writer.tag(LABELS_REFS);
    const refs = writer.open();
    for (const [name, text] of [...labels].sort(([a], [b]) => compareBytes(a, b))) {
      writer.varint(symbols.ref(name));
      writer.varint(symbols.ref(text));
    }
    writer.close(refs);
    writer.tag(EXEMPLAR.value);
    writer.double(value);
    writer.tag(EXEMPLAR.timestamp);
    writer.varint(Math.floor(timestampMs));
    writer.close(at);
  }

  /** Ends a series with its metadata. */
  #close(at: number): void {
    const writer = this.#writer;
    writer.tag(METADATA.self);
    const metadata = writer.open();
    writer.tag(METADATA.type);
    writer.varint(TYPES[this.#layout?.family.type ?? 'gauge']);
    writer.tag(METADATA.help);
    writer.varint(this.#help);
    writer.tag(METADATA.unit);
    writer.varint(this.#unit);
    writer.close(metadata);
    writer.close(at);
  }
}
