import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  internalKeys,
  parseRecord,
  type MetricRecord,
  type MetricType,
  readMergeAnswer,
  type MergeAnswer,
} from '@redmeter/metric-format';
import type { Redis } from 'ioredis';

/** The merge script as it ships. */
export const MERGE_SOURCE = readFileSync(join(__dirname, '../../lua/merge.lua'), 'utf8');

export const keys = internalKeys({ prefix: 'metrics' });

/** What happens to one series; its family by name. */
export type Operation = { readonly family: string } & Readonly<Record<string, unknown>>;

/** A call of the merge script, written as a writer in another language would: plain JSON. */
export interface Call {
  readonly batch?: number;
  readonly incarnation?: string;
  readonly dataset?: string;
  readonly shards?: number;
  readonly batchAgeMs?: number;
  readonly ttlMs?: number;
  readonly source?: string;
  /** What is given beside the key of the mark; without it there is none. */
  readonly mark?: { readonly note?: string; readonly resumesAfter?: number; readonly revision?: string };
  /** The streams that the totals of operations are of, in the order of their indexes. */
  readonly streams?: readonly string[];
  /** By name. */
  readonly families?: Readonly<Record<string, object>>;
  readonly series: readonly (readonly [key: string, operation: Operation])[];
}

/** Calls the script, and reads its answer. */
export async function merge(redis: Redis, call: Call): Promise<MergeAnswer> {
  const families = Object.entries(call.families ?? {});
  const seriesKeys = call.series.map(([key]) => key);
  const { incarnation = 'w', mark } = call;
  const callKeys = [
    ...[keys.dataset, keys.revision, keys.changed, keys.live, keys.writer(incarnation)],
    ...families.map(([name]) => keys.family(name)),
    ...seriesKeys,
    ...(call.streams ?? []).map((stream) => keys.total(stream)),
    ...(mark === undefined ? [] : [keys.mark(incarnation)]),
  ];
  const operations = call.series.map(([, operation]) => ({
    ...operation,
    family: families.findIndex(([name]) => name === operation.family) + 1,
  }));
  const reply = await redis.eval(
    call.source ?? MERGE_SOURCE,
    callKeys.length,
    ...callKeys,
    ...['1', String(call.shards ?? 1), call.dataset ?? '', 'fresh-id', String(call.batch ?? 1)],
    ...[String(call.batchAgeMs ?? 0), String(call.ttlMs ?? 60_000), String(families.length)],
    ...families.map(([, family]) => JSON.stringify(family)),
    ...operations.map((operation) => JSON.stringify(operation)),
    ...(mark === undefined ? [] : [mark.note ?? '', String(mark.resumesAfter ?? ''), mark.revision ?? '']),
  );
  return readMergeAnswer(reply);
}

export const COUNTER = { events: { type: 'counter', declared: 1 } };

/** A batch of one increment. */
export function increment(add: number, key = 'metrics:counter:events'): Pick<Call, 'families' | 'series'> {
  return { families: COUNTER, series: [[key, { type: 'counter', family: 'events', add }]] };
}

export const HISTOGRAM_KEY = 'metrics:histogram:took_ms';

/** A batch of observations in buckets up to 5, up to 10 and above. */
export function observe(counts: readonly number[], sum: number): Pick<Call, 'families' | 'series'> {
  return {
    families: { took_ms: { type: 'histogram', bounds: [5, 10], declared: 1 } },
    series: [[HISTOGRAM_KEY, { type: 'histogram', family: 'took_ms', counts, sum }]],
  };
}

/** What stands under a key, as JSON says it. */
export async function fieldsOf(redis: Redis, key: string): Promise<Record<string, unknown>> {
  return JSON.parse((await redis.get(key)) ?? 'null') as Record<string, unknown>;
}

/** The record under a key, as readers read it. */
export async function recordOf(redis: Redis, type: MetricType, key: string): Promise<MetricRecord> {
  const text = await redis.get(key);
  const parsed = parseRecord(type, text ?? '');
  if (parsed.kind !== 'record') throw new Error(`${key}: ${parsed.reason}: ${text ?? 'nothing'}`);
  return parsed.record;
}

/** The value of a counter or gauge, as readers read it. */
export async function valueOf(redis: Redis, type: 'counter' | 'gauge', key: string): Promise<number> {
  const record = await recordOf(redis, type, key);
  return record.type === 'histogram' ? Number.NaN : record.value;
}
