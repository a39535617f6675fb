import {
  jsonObject,
  numberJson,
  valueFields,
  type CounterRecord,
  type HistogramRecord,
  type MetricRecord,
} from '@redmeter/metric-format';
import { readMetrics, type Reading } from '../read-metrics.js';
import { planReading } from '../reading-plan.js';
import type { StoredValue } from '../stored-value.js';
import type { Recorded } from './recorded.js';
import type { SeriesSnapshot } from './series-snapshot.js';

/** What a series is taken to have recorded instead; undefined: it is left out. */
export type Instead = (
  key: string,
  record: CounterRecord | HistogramRecord,
) => CounterRecord | HistogramRecord | undefined;

/**
 * What was recorded, as a reader would show Redis had all metrics begun with it: counters and histograms of that time, percentiles too,
 * and gauges as they stand at its end. What was recorded in no series stands at 0 where the series is known.
 * @param instead what to take a series for
 */
export function readRecorded(
  { series }: Recorded,
  end: SeriesSnapshot,
  instead: Instead = (_, record) => record,
): Reading {
  const texts = new Map<string, string>();
  for (const [key, { record }] of end.entries) {
    if (record.type === 'gauge') texts.set(key, recordJson(record));
  }
  for (const [key, { record }] of series) {
    const shown = instead(key, record);
    if (shown !== undefined) texts.set(key, recordJson(shown));
  }
  const keys = [...texts.keys()].map((key) => Buffer.from(key, 'latin1'));
  const plan = planReading(
    { keys, isScanDisabled: false },
    { prefix: end.prefix, maxSeries: Math.max(keys.length, 1) },
  );
  const value = (key: Uint8Array): StoredValue => {
    const text = texts.get(Buffer.from(key).toString('latin1'));
    return text === undefined ? { kind: 'absent' } : { kind: 'value', bytes: Buffer.from(text) };
  };
  return readMetrics(plan, { value, family: (key) => end.families.get(key) }, end.takenMs);
}

function recordJson(record: MetricRecord): string {
  return jsonObject({ ...valueFields(record), timestamp: numberJson(record.timestampMs) });
}
