import {
  HASH_FIELDS,
  hashRefusal,
  MAX_RECORD_BYTES,
  parseKeyHead,
  parseSeriesKey,
  type SkipReason,
} from '@redmeter/metric-format';
import { readStoredValue, type Reply, type StoredValue } from '@redmeter/metric-reader';
import { layoutOf, type ForeignLayout } from '../foreign-layout.js';
import { pause, type FoundKey, type KeySearch, type ShowProgress } from './find-keys.js';
import type { ObservedNode } from './observed-node.js';

/** What a key under the prefix holds. */
export interface KeyFacts {
  readonly key: Buffer;
  /** What TYPE says; undefined where that may not be asked. */
  readonly redisType: string | undefined;
  /** How long it still lives, in milliseconds; Infinity without a TTL, undefined where that may not be asked. */
  readonly leftMs: number | undefined;
  /** The length of a string, or of the fields of a hash that are read, in bytes; at most one more than a record may have. */
  readonly bytes: number;
  readonly stored: StoredValue;
  /** Why it is no metric, for itself; undefined for a metric, and for a key that expired meanwhile. */
  readonly reason: SkipReason | undefined;
  /** What another program seems to have written; undefined for a metric, and where nothing is recognized. */
  readonly layout: ForeignLayout | undefined;
  /** When it was written as it says, in milliseconds since the epoch. */
  readonly timestampMs: number | undefined;
  /** Memory in bytes, of a sample of the keys. */
  readonly memoryBytes: number | undefined;
}

/** The keys that were read. */
export interface KeyReading {
  readonly keys: readonly KeyFacts[];
  /** Whether all that were found were read. */
  readonly isWhole: boolean;
}

const AT_ONCE = 50;
const MAX_KEYS = 100_000;
const MAX_BYTES = 100_000_000;
/** Keys whose memory is asked for, spread over all. */
const MEMORY_SAMPLE = 1000;

/** Reads what keys hold, some at a time, with pauses as `findKeys` makes them. */
export async function readKeys(
  { keys }: KeySearch,
  prefix: string,
  show: ShowProgress,
  signal: AbortSignal,
): Promise<KeyReading> {
  const read: KeyFacts[] = [];
  const most = Math.min(keys.length, MAX_KEYS);
  const every = Math.max(1, Math.ceil(most / MEMORY_SAMPLE));
  let bytes = 0;
  for (let at = 0; at < most && bytes < MAX_BYTES; at += AT_ONCE) {
    const start = performance.now();
    const some = keys.slice(at, Math.min(at + AT_ONCE, most));
    const facts = await Promise.all(some.map((one, i) => readKey(one, prefix, (at + i) % every === 0)));
    for (const one of facts) {
      read.push(one);
      bytes += one.bytes;
    }
    show('values', read.length, most);
    if (read.length < most) await pause(performance.now() - start, signal);
  }
  return { keys: read, isWhole: read.length === keys.length };
}

async function readKey({ key, node }: FoundKey, prefix: string, isMeasured: boolean): Promise<KeyFacts> {
  const [type, left, memoryBytes] = await Promise.all([
    node.askText('TYPE', key),
    node.askNumber('PTTL', key),
    isMeasured ? node.askNumber('MEMORY USAGE', key) : undefined,
  ]);
  const redisType = type === 'none' ? undefined : type;
  const head = parseKeyHead(key, prefix);
  const fields = HASH_FIELDS[head.kind === 'head' ? head.type : 'gauge'];
  const stored = type === 'none' ? ABSENT : await readValue(node, key, type, fields);
  const parsedKey = parseSeriesKey(key, prefix);
  const value = head.kind === 'head' ? readStoredValue(head.type, stored) : undefined;
  const reason = parsedKey.kind === 'skipped' ? parsedKey.reason : value?.kind === 'skipped' ? value.reason : undefined;
  const isForeign = reason !== undefined && stored.kind !== 'absent';
  return {
    key,
    redisType,
    leftMs: left === -1 ? Number.POSITIVE_INFINITY : left,
    bytes: bytesOf(stored),
    stored,
    reason: stored.kind === 'absent' ? undefined : reason,
    layout: isForeign ? layoutOf(redisType, stored, await hashFields(node, key, redisType)) : undefined,
    timestampMs: value?.kind === 'record' ? value.record.timestampMs : undefined,
    memoryBytes,
  };
}

const ABSENT: StoredValue = { kind: 'absent' };

/** As the exporters read it: of what is too long for a record, no more than shows that. */
async function readValue(
  node: ObservedNode,
  key: Buffer,
  type: string | undefined,
  fields: readonly string[],
): Promise<StoredValue> {
  if (type !== undefined && type !== 'string' && type !== 'hash') {
    return { kind: 'refused', reason: 'wrong_redis_type' };
  }
  if (type !== 'hash') {
    const reply = await node.ask('GETRANGE', key, '0', String(MAX_RECORD_BYTES));
    if (reply.kind === 'reply') return Buffer.isBuffer(reply.value) ? { kind: 'value', bytes: reply.value } : ABSENT;
    if (!reply.message.startsWith('WRONGTYPE')) return { kind: 'refused', reason: 'unreadable' };
  }
  const lengths = await Promise.all(fields.map((field) => node.ask('HSTRLEN', key, field)));
  const failed = lengths.find((length) => length.kind === 'error');
  if (failed !== undefined) return { kind: 'refused', reason: refusalReason(failed) };
  const reason = hashRefusal(lengths.map((length) => (length.kind === 'reply' ? Number(length.value) : 0)));
  if (reason !== undefined) return { kind: 'refused', reason };
  const reply = await node.ask('HMGET', key, ...fields);
  if (reply.kind === 'error') return { kind: 'refused', reason: refusalReason(reply) };
  const values = reply.value as unknown[];
  return { kind: 'hash', values: values.map((value) => (Buffer.isBuffer(value) ? value : undefined)) };
}

function refusalReason(reply: Reply): 'wrong_redis_type' | 'unreadable' {
  return reply.kind === 'error' && reply.message.startsWith('WRONGTYPE') ? 'wrong_redis_type' : 'unreadable';
}

/** Which of the fields that tell whose a hash is it has. */
async function hashFields(
  node: ObservedNode,
  key: Buffer,
  redisType: string | undefined,
): Promise<ReadonlySet<string>> {
  if (redisType !== 'hash') return new Set();
  const names = ['value', '__meta'];
  const lengths = await Promise.all(names.map((name) => node.askNumber('HSTRLEN', key, name)));
  return new Set(names.filter((_, i) => (lengths[i] ?? 0) > 0));
}

function bytesOf(stored: StoredValue): number {
  if (stored.kind === 'value') return stored.bytes.length;
  if (stored.kind === 'hash') return stored.values.reduce((sum, value) => sum + (value?.length ?? 0), 0);
  return 0;
}
