import type { HistogramRecord } from './histogram-record.js';
import { formatNumber } from './number-text.js';
import type { MetricRecord } from './record.js';

/** Fields of a JSON object: the JSON text of each by its name. */
export type JsonFields = Readonly<Record<string, string>>;

/**
 * A number as `readSpecialNumber` reads it from JSON: NaN and the infinities in words. Other than JSON.stringify, this keeps -0.
 * Undefined becomes null, which means missing.
 */
export function numberJson(value: number | undefined): string {
  if (value === undefined) return 'null';
  return Number.isFinite(value) ? formatNumber(value) : `"${formatNumber(value)}"`;
}

/** The value of a record, as fields of the JSON that `parseRecord` reads; without times and exemplars. */
export function valueFields(record: MetricRecord): JsonFields {
  if (record.type !== 'histogram') return { value: numberJson(record.value) };
  const { count, sum, shape } = record;
  return { count: String(count), sum: numberJson(sum), ...shapeFields(shape) };
}

/** How observations spread, as such fields; with the earlier copies where there are some. */
export function shapeFields(shape: HistogramRecord['shape']): JsonFields {
  switch (shape.kind) {
    case 'buckets': {
      const { bounds, counts, window } = shape;
      return { ...jsonOfEach({ bounds, counts }), ...windowField(window) };
    }
    case 'native': {
      const { schema, zeroThreshold, zeroCount, positive, negative, classic, window } = shape;
      return {
        ...jsonOfEach({ schema, zeroThreshold, zeroCount, positive, negative, ...classic }),
        ...windowField(window),
      };
    }
    case 'percentiles':
      return { p50: numberJson(shape.p50), p95: numberJson(shape.p95), p99: numberJson(shape.p99) };
  }
}

/** The JSON object of some fields. */
export function jsonObject(fields: JsonFields): string {
  return `{${Object.entries(fields)
    .map(([name, json]) => `${JSON.stringify(name)}:${json}`)
    .join(',')}}`;
}

function windowField(window: readonly { readonly sinceMs: number }[] | undefined): JsonFields {
  return window === undefined
    ? {}
    : jsonOfEach({ window: window.map(({ sinceMs, ...copy }) => ({ since: sinceMs, ...copy })) });
}

function jsonOfEach(fields: Readonly<Record<string, unknown>>): JsonFields {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, JSON.stringify(value)]));
}
