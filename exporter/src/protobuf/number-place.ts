import { labelRange } from './metric-block.js';
import { COUNTER, COUNTER_CREATED, GAUGE, VALUE } from './metric-value.js';
import { isEncodedTime } from './timestamp.js';
import { readVarint } from './wire.js';

/** A gauge, or a counter without exemplars. */
export interface NumberSample {
  readonly type: 'gauge' | 'counter';
  readonly value: number;
  /** When a counter began, in milliseconds since the epoch; undefined when unknown, and for a gauge. */
  readonly createdMs: number | undefined;
}

/** Of a double. */
const DOUBLE_BYTES = 8;

/**
 * Where the eight bytes of a number stand in the block of its series, from `start` to `end`; undefined where the block differs from
 * that of the sample in more than them.
 */
export function numberPlace(
  bytes: Uint8Array,
  start: number,
  end: number,
  { type, createdMs }: NumberSample,
): number | undefined {
  if (start === end) return undefined;
  const field = labelRange(bytes, start).end;
  if (bytes[field] !== (type === 'gauge' ? GAUGE : COUNTER).charCodeAt(0)) return undefined;
  const place = readVarint(bytes, field + 1).end + VALUE.length;
  return isEncodedTime(bytes, place + DOUBLE_BYTES, end, COUNTER_CREATED, createdMs) ? place : undefined;
}
