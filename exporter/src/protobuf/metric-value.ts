import type { HistogramView, SeriesValue } from '@redmeter/metric-reader';
import { bucketExemplars } from '../exemplars/bucket-exemplars.js';
import type { CounterRecord } from '@redmeter/metric-format';
import { encodeExemplar } from './exemplar.js';
import { encodeNative } from './native-fields.js';
import { encodeTime } from './timestamp.js';
import { counted, double, tag, varint } from './wire.js';

// Fields of io.prometheus.client.Metric and of the messages in it: prometheus/client_model, io/prometheus/client/metrics.proto.
export const GAUGE = tag(2, 'bytes');
export const COUNTER = tag(3, 'bytes');
const HISTOGRAM = tag(7, 'bytes');
/** Of Gauge and Counter. */
export const VALUE = tag(1, 'fixed64');
const COUNTER_EXEMPLAR = tag(2, 'bytes');
export const COUNTER_CREATED = tag(3, 'bytes');
const SAMPLE_COUNT = tag(1, 'varint');
const SAMPLE_SUM = tag(2, 'fixed64');
const BUCKET = tag(3, 'bytes');
const HISTOGRAM_CREATED = tag(15, 'bytes');
const HISTOGRAM_EXEMPLAR = tag(16, 'bytes');
const CUMULATIVE_COUNT = tag(1, 'varint');
const UPPER_BOUND = tag(2, 'fixed64');
const BUCKET_EXEMPLAR = tag(3, 'bytes');

/** The value of a series, as it stands in its Metric after the labels. */
export function encodeValue(value: SeriesValue): string {
  switch (value.type) {
    case 'counter':
      return encodeCounter(value);
    case 'gauge':
      return encodeGauge(value.value);
    case 'histogram':
      return HISTOGRAM + counted(histogram(value));
  }
}

/** The value of a gauge; always as long as of another. */
export function encodeGauge(value: number): string {
  return GAUGE + counted(VALUE + double(value));
}

/** The value of a counter; without exemplars as long as of another that began at the same time. */
export function encodeCounter({
  value,
  createdMs,
  exemplars,
}: Pick<CounterRecord, 'value' | 'createdMs' | 'exemplars'>): string {
  return (
    COUNTER +
    counted(
      VALUE +
        double(value) +
        encodeExemplar(COUNTER_EXEMPLAR, exemplars?.at(-1)) +
        encodeTime(COUNTER_CREATED, createdMs),
    )
  );
}

function histogram(view: HistogramView): string {
  const { count, sum, native, createdMs, exemplars = [] } = view;
  const fields = SAMPLE_COUNT + varint(count) + SAMPLE_SUM + double(sum) + classicBuckets(view);
  const created = encodeTime(HISTOGRAM_CREATED, createdMs);
  if (native === undefined) return fields + created;
  // A native histogram must not have exemplars without a time.
  const timed = exemplars.filter(({ timestampMs }) => timestampMs !== undefined);
  const ofNative = timed.map((exemplar) => encodeExemplar(HISTOGRAM_EXEMPLAR, exemplar)).join('');
  return fields + encodeNative(native) + created + ofNative;
}

function classicBuckets(view: HistogramView): string {
  const { count, buckets } = view;
  const exemplars = bucketExemplars(view);
  let bytes = '';
  let cumulative = 0;
  for (const [i, bound] of (buckets?.bounds ?? []).entries()) {
    cumulative += buckets?.counts[i] ?? 0;
    bytes += classicBucket(cumulative, bound, encodeExemplar(BUCKET_EXEMPLAR, exemplars?.[i]));
  }
  // The bucket of +Inf is the count: it is there for its exemplar only, as in client_golang.
  const last = exemplars?.[buckets?.bounds.length ?? 0];
  return last === undefined
    ? bytes
    : bytes + classicBucket(count, Number.POSITIVE_INFINITY, encodeExemplar(BUCKET_EXEMPLAR, last));
}

function classicBucket(cumulative: number, bound: number, exemplar: string): string {
  return BUCKET + counted(CUMULATIVE_COUNT + varint(cumulative) + UPPER_BOUND + double(bound) + exemplar);
}
