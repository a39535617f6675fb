import { createHash } from 'node:crypto';
import type { NumberPoint, OtlpMetric } from '../decode/metrics-request.js';
import { streamId } from './stream-id.js';

const ID_BYTES = 9;

/** A point of delta temporality that is added to its series. */
export interface DeltaPoint {
  /** Tells it from other points: letters, digits, `-` and `_`. */
  readonly id: string;
  readonly timeNanos: bigint;
}

/**
 * Identifies a delta point by its stream, its start and its time, whichever request brings it.
 * @param seriesKey of the series without a shard
 */
export function deltaPoint(
  metric: OtlpMetric,
  seriesKey: string,
  point: Pick<NumberPoint, 'attributes' | 'startNanos' | 'timeNanos'>,
): DeltaPoint {
  const { startNanos, timeNanos } = point;
  const identity = `${streamId(metric, seriesKey, point)} ${startNanos} ${timeNanos}`;
  return { id: createHash('sha256').update(identity).digest().subarray(0, ID_BYTES).toString('base64url'), timeNanos };
}
