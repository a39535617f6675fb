import { expect } from '@jest/globals';
import { MAX_ANSWER_SERIES, METRIC_TYPES, SKIP_REASONS } from '@redmeter/metric-format';
import type { Vector } from './vectors.js';

const READER_SERIES =
  /^redmeter_(skipped_keys\{|series\{|series_limit$|scan_disabled$|truncated_families\{|escape_collisions\{|last_write_timestamp_seconds$)/;

/** Expects a flat list of series and values to be what a vector says. */
export function expectPairs(pairs: readonly string[], vector: Vector): void {
  expect(pairs.length % 2).toBe(0);
  const answer = new Map<string, string>();
  for (let i = 0; i < pairs.length; i += 2) {
    const series = pairs[i] ?? '';
    expect(answer.has(series) && `${series} stands twice`).toBe(false);
    answer.set(series, pairs[i + 1] ?? '');
  }
  const shown = [...answer].filter(([series]) => !READER_SERIES.test(series));
  expect(Object.fromEntries(shown)).toEqual(Object.fromEntries(vector.series));

  const skipped = SKIP_REASONS.map((reason) => [reason, answer.get(`redmeter_skipped_keys{reason="${reason}"}`)]);
  expect(Object.fromEntries(skipped)).toEqual(
    Object.fromEntries(SKIP_REASONS.map((reason) => [reason, String(vector.skipped.get(reason) ?? 0)])),
  );
  for (const [series, value] of vector.reader) expect([series, answer.get(series) ?? null]).toEqual([series, value]);
  for (const type of METRIC_TYPES) expect(answer.has(`redmeter_series{type="${type}"}`)).toBe(true);
  if (!vector.reader.has('redmeter_scan_disabled') && vector.scanLimit === undefined) {
    expect(answer.get('redmeter_scan_disabled')).toBe('0');
  }
  expect(answer.get('redmeter_series_limit')).toBe(String(vector.maxSeries ?? MAX_ANSWER_SERIES));
  const truncated = [...answer.keys()].filter((series) => series.startsWith('redmeter_truncated_families'));
  expect(truncated.filter((series) => vector.reader.get(series) !== '1')).toEqual([]);
  const collisions = [...answer.keys()].filter((series) => series.startsWith('redmeter_escape_collisions'));
  expect(collisions.filter((series) => !vector.reader.has(series))).toEqual([]);
}

/** Expects the lines of a text to be what a vector says of them. */
export function expectText(lines: readonly string[], vector: Vector): void {
  if (vector.text !== undefined) expect(lines).toEqual(vector.text);
  if (vector.textPart !== undefined) {
    const start = lines.indexOf(vector.textPart[0] ?? '');
    expect(lines.slice(start, start + vector.textPart.length)).toEqual(vector.textPart);
  }
}
