import type { MergeCall } from '../wire/merge-call.js';

/** Counters that a call should cost at most: they take Redis about a millisecond. */
export const MAX_COST = 128;
const BUCKETS_OF_A_COUNTER = 10;
const COUNTERS_OF_A_RECORD = 1.5;
const COUNTERS_OF_A_NATIVE_RECORD = 6;

/** What a call costs Redis before its last series, in counters (W-15). */
export function costBeforeLast({ operations }: MergeCall): number {
  return operations.slice(0, -1).reduce((sum, operation) => sum + costOf(operation), 0);
}

/** Of an operation that cannot be read, which is found elsewhere, as of a counter. */
function costOf(operation: string): number {
  let value: unknown;
  try {
    value = JSON.parse(operation);
  } catch {
    return 1;
  }
  const fields = recordOf(value);
  const buckets =
    Math.max(0, lengthOf(fields['counts']) - 1) + indexesOf(fields['positive']) + indexesOf(fields['negative']);
  const isNative = fields['schema'] !== undefined;
  if (!isNative && fields['counts'] === undefined) return 1;
  return (isNative ? COUNTERS_OF_A_NATIVE_RECORD : COUNTERS_OF_A_RECORD) + Math.ceil(buckets / BUCKETS_OF_A_COUNTER);
}

function indexesOf(side: unknown): number {
  return lengthOf(recordOf(side)['indexes']);
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function lengthOf(list: unknown): number {
  return Array.isArray(list) ? list.length : 0;
}
