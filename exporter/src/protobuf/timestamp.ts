import { counted, readVarint, tag, varint } from './wire.js';

const SECONDS = tag(1, 'varint');
const NANOS = tag(2, 'varint');
const NANOS_BYTE = NANOS.charCodeAt(0);
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

/**
 * Whether the bytes from `start` to `end` are what `encodeTime` writes for a time. It may say no for a time that is no whole number of
 * milliseconds.
 */
export function isEncodedTime(
  bytes: Uint8Array,
  start: number,
  end: number,
  field: string,
  timeMs: number | undefined,
): boolean {
  if (start === end || timeMs === undefined || timeMs > MAX_TIME_MS) {
    return start === end && (timeMs === undefined || timeMs > MAX_TIME_MS);
  }
  if (bytes[start] !== field.charCodeAt(0)) return false;
  const seconds = readVarint(bytes, readVarint(bytes, start + field.length).end + SECONDS.length);
  let readMs = seconds.value * 1000;
  let at = seconds.end;
  if (at < end && bytes[at] === NANOS_BYTE) {
    const nanos = readVarint(bytes, at + NANOS.length);
    readMs += nanos.value / 1e6;
    at = nanos.end;
  }
  return at === end && readMs === timeMs;
}
