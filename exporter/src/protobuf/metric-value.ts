import type { HistogramView, SeriesValue } from '@redmeter/metric-reader';
import { counted, double, tag, varint } from './wire.js';

// Fields of io.prometheus.client.Metric and of the messages in it: prometheus/client_model, io/prometheus/client/metrics.proto.
const GAUGE = tag(2, 'bytes');
const COUNTER = tag(3, 'bytes');
const HISTOGRAM = tag(7, 'bytes');
/** Of Gauge and Counter. */
const VALUE = tag(1, 'fixed64');
const COUNTER_CREATED = tag(3, 'bytes');
const SAMPLE_COUNT = tag(1, 'varint');
const SAMPLE_SUM = tag(2, 'fixed64');
const BUCKET = tag(3, 'bytes');
const HISTOGRAM_CREATED = tag(15, 'bytes');
const CUMULATIVE_COUNT = tag(1, 'varint');
const UPPER_BOUND = tag(2, 'fixed64');
const SECONDS = tag(1, 'varint');
const NANOS = tag(2, 'varint');

/** A Timestamp ends with the year 9999. */
const MAX_TIME_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** The value of a series, as it stands in its Metric after the labels. */
export function encodeValue(value: SeriesValue): string {
  switch (value.type) {
    case 'counter':
      return encodeCounter(value.value, value.createdMs);
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

/**
 * The value of a counter.
 * @param createdMs when it began, in milliseconds since the epoch; undefined when unknown
 */
export function encodeCounter(value: number, createdMs: number | undefined): string {
  return COUNTER + counted(VALUE + double(value) + created(COUNTER_CREATED, createdMs));
}

function histogram({ count, sum, buckets, createdMs }: HistogramView): string {
  let bytes = SAMPLE_COUNT + varint(count) + SAMPLE_SUM + double(sum);
  if (buckets !== undefined) {
    let cumulative = 0;
    // Without the bucket of +Inf, which is the count: client_golang leaves it out, too.
    for (const [i, bound] of buckets.bounds.entries()) {
      cumulative += buckets.counts[i] ?? 0;
      bytes += BUCKET + counted(CUMULATIVE_COUNT + varint(cumulative) + UPPER_BOUND + double(bound));
    }
  }
  return bytes + created(HISTOGRAM_CREATED, createdMs);
}

function created(field: string, createdMs: number | undefined): string {
  return createdMs === undefined || createdMs > MAX_TIME_MS ? '' : field + counted(timestamp(createdMs));
}

/** google.protobuf.Timestamp. */
function timestamp(timeMs: number): string {
  const seconds = Math.floor(timeMs / 1000);
  const nanos = Math.min(999_999_999, Math.round((timeMs - seconds * 1000) * 1e6));
  return SECONDS + varint(seconds) + (nanos === 0 ? '' : NANOS + varint(nanos));
}
