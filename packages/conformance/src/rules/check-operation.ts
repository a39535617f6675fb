import { MAX_COUNT, parseRecord, readSpecialNumber, type MetricType } from '@redmeter/metric-format';
import { shortened } from '../protocol/read-answers.js';
import type { Finding, RequirementId } from '../requirement.js';
import { checkExemplars } from './check-exemplars.js';
import { isFinite, readFields } from './json-fields.js';

/** Context of an operation: the type in its key, the place of its family from 1, and the family's JSON. */
export interface OperationPlace {
  readonly type: MetricType;
  readonly place: number;
  readonly family: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** What is wrong with the JSON of an operation. */
export function* checkOperation(text: string, { type, place, family }: OperationPlace): Generator<Finding> {
  const finding = (requirement: RequirementId, expected: string): Finding => {
    return { requirements: [requirement], expected, got: shortened(text) };
  };
  const operation = readFields(text);
  if (operation === undefined) {
    yield finding('W-22', 'an operation as JSON');
    return;
  }
  if (operation['family'] !== place) yield finding('W-14', `"family":${place} for a key of this name`);
  const isTouch = operation['touch'] === true;
  if (operation['remove'] === true || (isTouch && operation['set'] === undefined)) return;
  if (operation['type'] !== type) yield finding('W-22', `"type":"${type}" for a key of this type`);
  if (type === 'counter' && !(isFinite(operation['add']) && operation['add'] >= 0)) {
    yield finding('W-5', 'a finite "add" of at least 0');
  }
  if (type === 'histogram') yield* checkObservations(operation, family, finding);
  if (type === 'gauge') yield* checkGauge(operation, finding);
  else yield* checkExemplars(type, operation);
}

type NewFinding = (requirement: RequirementId, expected: string) => Finding;

function* checkObservations(operation: Fields, family: string, finding: NewFinding): Generator<Finding> {
  const { counts, schema, sum } = operation;
  const isNative = schema !== undefined && schema !== null;
  if (isNative && !areNativeBuckets(operation)) {
    yield finding('W-63', 'native buckets with ascending indexes of their schema and counts of at least 1');
  } else if (isNative && Array.isArray(counts) && total(counts) !== total(nativeCountsOf(operation))) {
    yield finding('W-63', 'the same number of observations in native buckets and in "counts"');
  }
  const bounds = readFields(family)?.['bounds'];
  const buckets = Array.isArray(bounds) ? bounds.length + 1 : 0;
  const isCount = (count: unknown): boolean => isFinite(count) && count >= 0 && count <= MAX_COUNT && count % 1 === 0;
  const isMissing = isNative && counts === undefined && buckets === 0;
  if (!isMissing && (!Array.isArray(counts) || counts.length !== buckets || !counts.every(isCount))) {
    yield finding('W-8', `"counts" with ${buckets} whole numbers`);
  }
  if (readSpecialNumber(sum) === undefined) yield finding('W-9', 'a "sum"');
}

/** Whether a record could have these native buckets. */
function areNativeBuckets(operation: Fields): boolean {
  const { schema, zeroThreshold, zeroCount, positive, negative } = operation;
  const count = total(nativeCountsOf(operation));
  const record = { count, sum: 0, schema, zeroThreshold, zeroCount, positive, negative };
  return parseRecord('histogram', JSON.stringify(record)).kind === 'record';
}

function nativeCountsOf({ zeroCount, positive, negative }: Fields): readonly unknown[] {
  return [zeroCount ?? 0, ...countsOf(positive), ...countsOf(negative)];
}

function total(counts: readonly unknown[]): number {
  return counts.reduce<number>((sum, count) => sum + Number(count), 0);
}

function countsOf(side: unknown): readonly unknown[] {
  const counts = typeof side === 'object' && side !== null ? (side as { readonly counts?: unknown }).counts : undefined;
  return Array.isArray(counts) ? counts : [];
}

function* checkGauge({ mode, add, set, age, lease }: Fields, finding: NewFinding): Generator<Finding> {
  if (mode === 'sum') {
    if (!isFinite(add)) yield finding('W-5', 'a finite "add"');
    return;
  }
  if (readSpecialNumber(set) === undefined) yield finding('W-5', 'a "set"');
  if (!(isFinite(age) && age >= 0)) yield finding('W-23', 'an "age" of at least 0 ms');
  if (mode === 'process' && !(isFinite(lease) && lease >= 1)) yield finding('W-24', 'a "lease" of at least 1 ms');
}
