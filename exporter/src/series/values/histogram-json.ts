import { formatNumber, parseRecord, WINDOW_ROTATION_MS, type HistogramRecord } from '@redmeter/metric-format';

/** Reads a histogram's record again from JSON that was read before; undefined for anything else. */
export function readHistogram(json: string): HistogramRecord | undefined {
  const parsed = parseRecord('histogram', json);
  return parsed.kind === 'record' && parsed.record.type === 'histogram' ? parsed.record : undefined;
}

/** A histogram as JSON that `readHistogram` reads. */
export function writeHistogram({ count, sum, shape, createdMs, timestampMs }: HistogramRecord): string {
  const fields = shapeFields(shape);
  const times = { created: numberJson(createdMs), timestamp: numberJson(timestampMs) };
  return `{${Object.entries({ count: String(count), sum: numberJson(sum), ...fields, ...times })
    .map(([name, json]) => `"${name}":${json}`)
    .join(',')}}`;
}

function shapeFields(shape: HistogramRecord['shape']): Record<string, string> {
  switch (shape.kind) {
    case 'buckets':
      return {
        bounds: JSON.stringify(shape.bounds),
        counts: JSON.stringify(shape.counts),
        ...windowField(shape.window),
      };
    case 'native': {
      const { schema, zeroThreshold, zeroCount, positive, negative, classic, window } = shape;
      const fields = { schema, zeroThreshold, zeroCount, positive, negative, ...classic };
      const texts = Object.entries(fields).map(([name, value]) => [name, JSON.stringify(value)] as const);
      return { ...Object.fromEntries(texts), ...windowField(window) };
    }
    case 'percentiles':
      return { p50: numberJson(shape.p50), p95: numberJson(shape.p95), p99: numberJson(shape.p99) };
  }
}

function windowField(window: readonly { readonly sinceMs: number }[] = []): Record<string, string> {
  return { window: JSON.stringify(window.map(({ sinceMs, ...copy }) => ({ since: sinceMs, ...copy }))) };
}

// Other than JSON.stringify, this keeps -0, NaN and infinities.
function numberJson(value: number | undefined): string {
  if (value === undefined) return 'null';
  return Number.isFinite(value) ? formatNumber(value) : `"${formatNumber(value)}"`;
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
