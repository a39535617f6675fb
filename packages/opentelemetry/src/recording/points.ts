import type { DataPoint } from '@opentelemetry/sdk-metrics';
import type { Labels } from '@redmeter/redis-metrics';
import { labelsOf } from './label-texts.js';
import type { Origin } from './origin.js';

/** Records a data point of one metric. @throws TypeError when the point is not as the SDK has them */
export type RecordPoint<Value> = (point: DataPoint<Value>) => void;

/** The labels of a data point: its attributes, and those of its origin that have other names. */
export function labelsOfPoint(origin: Origin, { attributes }: DataPoint<unknown>): Labels {
  return { ...origin.labels, ...labelsOf(attributes) };
}

/**
 * The value of a data point. Without this, `inc()` would take a missing one for 1.
 * @throws TypeError when it is no number
 */
export function numberOf({ value }: DataPoint<number>): number {
  if (typeof value === 'number') return value;
  throw new TypeError(`value: expected a number, got ${typeof value}`);
}
