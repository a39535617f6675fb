import { METRICS_REQUEST } from '../../src/otlp/schema/otlp-schema.js';

/** A metric as OTLP's JSON has it. */
export type JsonMetric = Readonly<Record<string, unknown>>;

/** 2026-01-01T00:00:00Z in nanoseconds. */
export const START_NANOS = 1_767_225_600_000_000_000n;

/** Attributes as OTLP has them. */
export function attributes(values: Readonly<Record<string, unknown>>): unknown[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: unknown): unknown {
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  if (typeof value === 'object' && value !== null) {
    return { kvlistValue: { values: attributes(value as Readonly<Record<string, unknown>>) } };
  }
  return { stringValue: String(value) };
}

/** The times of the i-th interval of a minute. */
export function minute(i = 0): { readonly startTimeUnixNano: string; readonly timeUnixNano: string } {
  const start = START_NANOS + BigInt(i) * 60_000_000_000n;
  return { startTimeUnixNano: String(start), timeUnixNano: String(start + 60_000_000_000n) };
}

/** A sum; temporality 1 is delta, 2 cumulative. */
export function sumMetric(
  name: string,
  points: readonly unknown[],
  { isMonotonic = true, temporality = 1 }: { readonly isMonotonic?: boolean; readonly temporality?: number } = {},
): JsonMetric {
  return { name, sum: { dataPoints: points, isMonotonic, aggregationTemporality: temporality } };
}

/** A request as JSON has it. */
export function requestOf(
  metrics: readonly JsonMetric[],
  resource: Readonly<Record<string, unknown>> = {},
  scope: Readonly<Record<string, unknown>> = { name: 'test' },
): Readonly<Record<string, unknown>> {
  return {
    resourceMetrics: [{ resource: { attributes: attributes(resource) }, scopeMetrics: [{ scope, metrics }] }],
  };
}

/** The same request in protobuf. */
export function inProtobuf(request: Readonly<Record<string, unknown>>): Buffer {
  return Buffer.from(METRICS_REQUEST.encode(METRICS_REQUEST.fromObject(request)).finish());
}
