import { readLabels } from '../../protobuf/metric-block.js';
import type { Exemplar } from '@redmeter/metric-format';
import { FieldReader } from '../../protobuf/field-reader.js';

// Fields of io.prometheus.client.Metric and of the messages in it, see metric-value.ts.
const HISTOGRAM = 7;
const VALUE = { number: 1, created: 3 } as const;
const FIELDS = { count: 1, sum: 2, bucket: 3, schema: 5, created: 15, exemplar: 16 } as const;
const BUCKET = { cumulativeCount: 1, upperBound: 2 } as const;
const EXEMPLAR = { labels: 1, value: 2 } as const;
const SECONDS = 1;

/** An exemplar, and the bucket that it belongs to: its position, or undefined where it belongs to the series. */
export interface BlockExemplar {
  readonly bucket: number | undefined;
  readonly exemplar: Exemplar;
}

/** Reads the value of a series from its block in the protobuf exposition. One for many: its fields are those of the last block read. */
export class MetricReader {
  /** What Prometheus stores of the series: one sample, one native histogram, or a sample for each bucket, the count and the sum. */
  kind: 'value' | 'native' | 'classic' = 'value';
  value = 0;
  /** When the count began, in milliseconds since the epoch; undefined when unknown. */
  createdMs: number | undefined;
  /** Of a histogram. */
  count = 0;
  sum = 0;
  /** Of classic buckets but for +Inf. */
  readonly bounds: number[] = [];
  readonly cumulative: number[] = [];
  /** Those with a time, see `encodeExemplar`. */
  exemplars: BlockExemplar[] = [];
  /** Where the fields of a histogram begin and end. */
  start = 0;
  end = 0;
  readonly #fields = new FieldReader();
  readonly #bucket = new FieldReader();
  readonly #exemplar = new FieldReader();
  readonly #time = new FieldReader();

  /** @param start where the labels of the block end */
  read(bytes: Buffer, start: number, end: number): void {
    const fields = this.#fields;
    this.createdMs = undefined;
    if (this.exemplars.length > 0) this.exemplars = [];
    fields.begin(bytes, start, end);
    fields.next();
    const isHistogram = fields.field === HISTOGRAM;
    this.start = fields.start;
    this.end = fields.end;
    fields.begin(bytes, this.start, this.end);
    if (isHistogram) this.#readHistogram(bytes);
    else this.#readValue(bytes);
  }

  #readValue(bytes: Buffer): void {
    const fields = this.#fields;
    this.kind = 'value';
    while (fields.next()) {
      if (fields.field === VALUE.number) this.value = fields.number;
      else if (fields.field === VALUE.created) this.createdMs = this.#timeMs(bytes, fields.start, fields.end);
      else this.#addExemplar(bytes, fields, undefined);
    }
  }

  #readHistogram(bytes: Buffer): void {
    const { bounds, cumulative } = this;
    const fields = this.#fields;
    this.kind = 'classic';
    bounds.length = 0;
    cumulative.length = 0;
    let ofSeries: BlockExemplar[] | undefined;
    while (fields.next()) {
      switch (fields.field) {
        case FIELDS.count:
          this.count = fields.number;
          break;
        case FIELDS.sum:
          this.sum = fields.number;
          break;
        case FIELDS.bucket:
          this.#readBucket(bytes, fields.start, fields.end);
          break;
        case FIELDS.schema:
          this.kind = 'native';
          break;
        case FIELDS.created:
          this.createdMs = this.#timeMs(bytes, fields.start, fields.end);
          break;
        case FIELDS.exemplar:
          // Those of a native histogram stand for all: the same ones may be in its classic buckets.
          if (ofSeries === undefined) this.exemplars = ofSeries = [];
          this.#addExemplar(bytes, fields, undefined);
          break;
      }
    }
    if (this.kind === 'native' && ofSeries === undefined) this.exemplars = [];
  }

  #readBucket(bytes: Buffer, start: number, end: number): void {
    const fields = this.#bucket;
    const place = this.bounds.length;
    let [count, bound] = [0, Number.POSITIVE_INFINITY];
    fields.begin(bytes, start, end);
    while (fields.next()) {
      if (fields.field === BUCKET.cumulativeCount) count = fields.number;
      else if (fields.field === BUCKET.upperBound) bound = fields.number;
      else this.#addExemplar(bytes, fields, place);
    }
    // The bucket of +Inf is there for its exemplar only.
    if (bound === Number.POSITIVE_INFINITY) return;
    this.bounds.push(bound);
    this.cumulative.push(count);
  }

  #addExemplar(bytes: Buffer, { start, end }: FieldReader, bucket: number | undefined): void {
    const fields = this.#exemplar;
    let [labelsEnd, value] = [start, 0];
    let timestampMs: number | undefined;
    fields.begin(bytes, start, end);
    while (fields.next()) {
      if (fields.field === EXEMPLAR.labels) labelsEnd = fields.end;
      else if (fields.field === EXEMPLAR.value) value = fields.number;
      else timestampMs = this.#timeMs(bytes, fields.start, fields.end);
    }
    if (timestampMs === undefined) return;
    this.exemplars.push({ bucket, exemplar: { labels: readLabels(bytes, start, labelsEnd), value, timestampMs } });
  }

  /** Reads a google.protobuf.Timestamp as whole milliseconds. */
  #timeMs(bytes: Buffer, start: number, end: number): number {
    const fields = this.#time;
    let [seconds, nanos] = [0, 0];
    fields.begin(bytes, start, end);
    while (fields.next()) {
      if (fields.field === SECONDS) seconds = fields.number;
      else nanos = fields.number;
    }
    return seconds * 1000 + Math.floor(nanos / 1e6);
  }
}
