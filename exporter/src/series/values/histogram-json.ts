import {
  jsonObject,
  numberJson,
  parseRecord,
  valueFields,
  WINDOW_ROTATION_MS,
  type HistogramRecord,
} from '@redmeter/metric-format';

/** Reads a histogram's record again from JSON that was read before; undefined for anything else. */
export function readHistogram(json: string): HistogramRecord | undefined {
  const parsed = parseRecord('histogram', json);
  return parsed.kind === 'record' && parsed.record.type === 'histogram' ? parsed.record : undefined;
}

/** A histogram as JSON that `readHistogram` reads. */
export function writeHistogram(record: HistogramRecord): string {
  const { createdMs, timestampMs } = record;
  return jsonObject({ ...valueFields(record), created: numberJson(createdMs), timestamp: numberJson(timestampMs) });
}

/**
 * The next time at which a histogram shows other percentiles although nobody writes it: its window's copies count for
 * one, two or three rotations (see recentCounts). In milliseconds since the epoch; +Infinity for never.
 */
export function nextChangeMs({ shape }: HistogramRecord, nowMs: number): number {
  if (shape.kind === 'percentiles' || shape.window === undefined) return Number.POSITIVE_INFINITY;
  let next = Number.POSITIVE_INFINITY;
  for (const { sinceMs } of shape.window) {
    for (const rotations of [1, 2, 3]) {
      const atMs = sinceMs + rotations * WINDOW_ROTATION_MS;
      if (atMs > nowMs && atMs < next) next = atMs;
    }
  }
  return next;
}
