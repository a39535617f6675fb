import type { NativeBuckets, SparseBuckets } from '@redmeter/metric-format';
import { counted, double, tag, varint, zigzag } from './wire.js';

// Fields of io.prometheus.client.Histogram.
const SCHEMA = tag(5, 'varint');
const ZERO_THRESHOLD = tag(6, 'fixed64');
const ZERO_COUNT = tag(7, 'varint');
const NEGATIVE = { span: tag(9, 'bytes'), delta: tag(10, 'varint') };
const POSITIVE = { span: tag(12, 'bytes'), delta: tag(13, 'varint') };
const OFFSET = tag(1, 'varint');
const LENGTH = tag(2, 'varint');

/** Empty buckets up to this many are part of a span: another span would take more bytes. The same as in client_golang. */
const MAX_GAP = 2;

/** Consecutive buckets. */
interface Span {
  /** Buckets left out since the end of the last span; of the first one the index at which it begins. */
  readonly offset: number;
  readonly length: number;
}

/** Native buckets as fields of a histogram. */
export function encodeNative({ schema, zeroThreshold, zeroCount, positive, negative }: NativeBuckets): string {
  const isEmpty = zeroCount === 0 && positive.indexes.length === 0 && negative.indexes.length === 0;
  // Without any of these it would be taken for a classic histogram.
  const noOp = isEmpty && zeroThreshold === 0 ? POSITIVE.span + counted(spanFields({ offset: 0, length: 0 })) : '';
  return (
    SCHEMA +
    zigzag(schema) +
    ZERO_THRESHOLD +
    double(zeroThreshold) +
    ZERO_COUNT +
    varint(zeroCount) +
    encodeSide(NEGATIVE, negative) +
    noOp +
    encodeSide(POSITIVE, positive)
  );
}

function encodeSide(tags: typeof POSITIVE, { indexes, counts }: SparseBuckets): string {
  const spans: Span[] = [];
  let deltas = '';
  let before = 0;
  let next = 0;
  let open: { offset: number; length: number } | undefined;
  const add = (count: number): void => {
    deltas += tags.delta + zigzag(count - before);
    before = count;
    if (open !== undefined) open.length += 1;
    next += 1;
  };
  for (const [i, index] of indexes.entries()) {
    const gap = index - next;
    if (open === undefined || gap > MAX_GAP) {
      open = { offset: gap, length: 0 };
      spans.push(open);
      next = index;
    } else for (let empty = 0; empty < gap; empty += 1) add(0);
    add(counts[i] ?? 0);
  }
  return spans.map((span) => tags.span + counted(spanFields(span))).join('') + deltas;
}

function spanFields({ offset, length }: Span): string {
  return OFFSET + zigzag(offset) + LENGTH + varint(length);
}
