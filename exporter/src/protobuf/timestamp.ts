import { counted, tag, varint } from './wire.js';

const SECONDS = tag(1, 'varint');
const NANOS = tag(2, 'varint');
/** A Timestamp ends with the year 9999. */
const MAX_TIME_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * A field with a google.protobuf.Timestamp; empty for a time that it cannot have.
 * @param field its tag
 * @param timeMs milliseconds since the epoch, at least 0; undefined when unknown
 */
export function encodeTime(field: string, timeMs: number | undefined): string {
  if (timeMs === undefined || timeMs > MAX_TIME_MS) return '';
  const seconds = Math.floor(timeMs / 1000);
  const nanos = Math.min(999_999_999, Math.round((timeMs - seconds * 1000) * 1e6));
  return field + counted(SECONDS + varint(seconds) + (nanos === 0 ? '' : NANOS + varint(nanos)));
}
