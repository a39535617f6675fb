import { inspect, type InspectOptions } from 'node:util';
import type { Attributes } from '@opentelemetry/api';
import type { MetricData } from '@opentelemetry/sdk-metrics';
import type { Labels } from '@redmeter/redis-metrics';

/** Where metrics of an export come from: an instrumentation scope and a resource. */
export interface Origin {
  /** Those that all its data points have. */
  readonly labels: Labels;
  /** Identifies scope and resource. */
  readonly key: string;
  /** The number of the export. */
  readonly exportNumber: number;
}

/** Tells apart all values that differ, also in type: `1` is neither `'1'` nor `1n`. The order of keys does not count. */
const EXACT: InspectOptions = {
  ...{ depth: Infinity, maxArrayLength: null, maxStringLength: null },
  ...{ breakLength: Infinity, compact: true, customInspect: false, sorted: true },
};

/** Identifies an instrumentation scope of a resource. */
export function originKey(resourceAttributes: unknown, scope: unknown): string {
  return inspect([resourceAttributes, scope], EXACT);
}

/**
 * Identifies a stream: the data points that continue each other. Streams of several scopes, or with attributes of other types, may have the
 * same labels, but each has its own cumulative value.
 * @param more what else tells streams apart
 */
export function streamKey(
  { descriptor, dataPointType }: MetricData,
  origin: Origin,
  attributes: Attributes,
  ...more: readonly unknown[]
): string {
  return `${origin.key} ${inspect([descriptor.name, descriptor.unit, dataPointType, attributes, ...more], EXACT)}`;
}
