import type { CounterRecord, HistogramRecord, MetricRecord } from '@redmeter/metric-format';

/** Without what is about another time than the one that is counted. */
export function counting(record: MetricRecord): CounterRecord | HistogramRecord {
  if (record.type === 'gauge') throw new TypeError('expected a counter or a histogram, got a gauge');
  if (record.type === 'counter') return record;
  const { type, count, sum, shape, createdMs, timestampMs } = record;
  const counted = shape.kind === 'percentiles' ? shape : { ...shape, window: undefined };
  return { type, count, sum, shape: counted, createdMs, timestampMs };
}
