import { readAttributes } from './attributes.js';
import {
  asDouble,
  asInteger,
  doubleIn,
  integerIn,
  listIn,
  messageIn,
  nanosIn,
  wrongType,
  type Fields,
} from './fields.js';
import type { ExponentialBuckets, ExponentialPoint, HistogramPoint, NumberPoint } from './metrics-request.js';
import { readExemplars } from './read-exemplars.js';

/** The bit of `flags` that says that a point has no value. */
const NO_RECORDED_VALUE = 1;
const INT32 = 2 ** 31;

/** Reads a NumberDataPoint. */
export function readNumberPoint(fields: Fields, where: string): NumberPoint {
  return { ...readBase(fields, where), value: readNumber(fields, where) };
}

/** Reads a HistogramDataPoint. */
export function readHistogramPoint(fields: Fields, where: string): HistogramPoint {
  return {
    ...readBase(fields, where),
    count: readCount(integerIn(fields, 'count', where)),
    sum: doubleIn(fields, 'sum', where),
    bucketCounts: readCounts(fields, 'bucketCounts', where),
    bounds: listIn(fields, 'explicitBounds', where).map((bound, i) => asDouble(bound, `${where}.explicitBounds[${i}]`)),
  };
}

/** Reads an ExponentialHistogramDataPoint. */
export function readExponentialPoint(fields: Fields, where: string): ExponentialPoint {
  return {
    ...readBase(fields, where),
    count: readCount(integerIn(fields, 'count', where)),
    sum: doubleIn(fields, 'sum', where),
    scale: readInt32(fields, 'scale', where),
    zeroCount: readCount(integerIn(fields, 'zeroCount', where)),
    zeroThreshold: doubleIn(fields, 'zeroThreshold', where) ?? 0,
    positive: readBuckets(fields, 'positive', where),
    negative: readBuckets(fields, 'negative', where),
  };
}

function readBase(fields: Fields, where: string): Omit<NumberPoint, 'value'> {
  return {
    attributes: readAttributes(fields, 'attributes', where),
    startNanos: nanosIn(fields, 'startTimeUnixNano', where),
    timeNanos: nanosIn(fields, 'timeUnixNano', where),
    isWithoutValue: (readInt32(fields, 'flags', where) & NO_RECORDED_VALUE) !== 0,
    exemplars: readExemplars(fields, where, readNumber),
  };
}

/** The one of the two fields that was sent. */
function readNumber(fields: Fields, where: string): number | undefined {
  const integer = integerIn(fields, 'asInt', where);
  return integer === undefined ? doubleIn(fields, 'asDouble', where) : Number(integer);
}

function readBuckets(fields: Fields, name: string, where: string): ExponentialBuckets {
  const buckets = messageIn(fields, name, where);
  if (buckets === undefined) return { offset: 0, counts: [] };
  const place = `${where}.${name}`;
  return { offset: readInt32(buckets, 'offset', place), counts: readCounts(buckets, 'bucketCounts', place) };
}

function readCounts(fields: Fields, name: string, where: string): number[] {
  return listIn(fields, name, where).map((count, i) => readCount(asInteger(count, `${where}.${name}[${i}]`)));
}

function readCount(count = 0n): number {
  return Number(count);
}

function readInt32(fields: Fields, name: string, where: string): number {
  const value = Number(integerIn(fields, name, where) ?? 0n);
  if (value < -INT32 || value >= 2 * INT32) throw wrongType(`${where}.${name}`, 'a whole number of 32 bits', value);
  return value;
}
