import { formatNumber, type CounterRecord, type GaugeRecord, type HistogramRecord } from '@redmeter/metric-format';

/** What a record counts, as the fields of the JSON that `parseRecord` reads; without times, and without earlier copies of its buckets. */
export function countFields(record: CounterRecord | HistogramRecord): Record<string, unknown> {
  if (record.type === 'counter') return { value: record.value };
  const { count, sum, shape } = record;
  return { count, sum: special(sum), ...shapeFields(shape) };
}

function shapeFields(shape: HistogramRecord['shape']): Record<string, unknown> {
  switch (shape.kind) {
    case 'buckets':
      return { bounds: shape.bounds, counts: shape.counts };
    case 'native': {
      const { schema, zeroThreshold, zeroCount, positive, negative, classic } = shape;
      return { schema, zeroThreshold, zeroCount, positive, negative, ...classic };
    }
    case 'percentiles':
      return { p50: special(shape.p50), p95: special(shape.p95), p99: special(shape.p99) };
  }
}

/** The value of a gauge, as such fields. */
export function gaugeFields({ value }: GaugeRecord): Record<string, unknown> {
  return { value: special(value) };
}

// JSON has no number for these.
function special(value: number | undefined): number | string | undefined {
  return value === undefined || Number.isFinite(value) ? value : formatNumber(value);
}
