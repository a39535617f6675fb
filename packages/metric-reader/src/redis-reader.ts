import {
  DEFAULT_PREFIX,
  decodeUtf8,
  HASH_FIELDS,
  isKeyPrefix,
  KEY_PREFIX_RULE,
  MAX_RECORD_BYTES,
  parseFamilyRecord,
  type EscapingScheme,
  type FamilyRecord,
  type MetricType,
} from '@redmeter/metric-format';
import { listKeys } from './list-keys.js';
import { MetricReaderError } from './metric-reader-error.js';
import { readMetrics, type Reading, type StoredState } from './read-metrics.js';
import { planReading, type ReadingPlan } from './reading-plan.js';
import { ask, type Reply, type SendCommand } from './redis-commands.js';
import type { StoredValue } from './stored-value.js';

/** Maximum number of concurrent commands. */
const IN_FLIGHT = 500;

/** What is read, and how. */
export interface ReaderSettings {
  /** The prefix of the keys. Default `metrics`. */
  readonly prefix?: string;
  /** Maximum number of series in one answer. Default 10,000. */
  readonly maxSeries?: number;
  /** Keys in the database up to which it is scanned; above, only the indexes are read. Default 50,000. */
  readonly scanLimitKeys?: number;
  /** The current time in milliseconds since the epoch. Default the clock of Redis. */
  readonly nowMs?: number;
  /**
   * For how long counters and histograms are shown as 0 after they began, in milliseconds, as redis_exporter gets them from the
   * script. Default 0: all values are true.
   */
  readonly newMs?: number;
  /** How names are shown that Prometheus 2 does not accept. Default `allow-utf-8`: as they are. */
  readonly escaping?: EscapingScheme;
}

/** The content of Redis under a prefix, not parsed yet. */
export interface StateReading {
  readonly plan: ReadingPlan;
  readonly stored: StoredState;
  /** When the reading began, in milliseconds since the epoch. */
  readonly nowMs: number;
}

/**
 * Reads all metrics under a prefix, with no script on the server. Other than the script's, the answer is of no single
 * moment: keys are read one after another while writers go on.
 * @throws MetricReaderError `invalid_setting`; `redis_unavailable`; `refused` when Redis does not tell the time
 */
export async function readMetricsFromRedis(send: SendCommand, settings: ReaderSettings = {}): Promise<Reading> {
  const { plan, stored, nowMs } = await readStateFromRedis(send, settings);
  return readMetrics(plan, stored, nowMs, settings.newMs, settings.escaping);
}

/**
 * Reads what Redis holds under a prefix.
 * @throws MetricReaderError as readMetricsFromRedis does
 */
export async function readStateFromRedis(send: SendCommand, settings: ReaderSettings = {}): Promise<StateReading> {
  const prefix = settings.prefix ?? DEFAULT_PREFIX;
  if (!isKeyPrefix(prefix)) {
    throw new MetricReaderError('invalid_setting', `prefix: expected ${KEY_PREFIX_RULE}, got "${prefix}"`);
  }
  const nowMs = settings.nowMs ?? (await redisTimeMs(send));
  const plan = planReading(await listKeys(send, { ...settings, prefix }, nowMs), { ...settings, prefix });

  const typed = plan.families.flatMap(({ groups }) =>
    [...groups].flatMap(([type, series]) => series.map(({ key }) => ({ type, key: Buffer.from(key) }))),
  );
  const keys = typed.map(({ key }) => key);
  const recordKeys = plan.families.flatMap((family) => family.recordKeys);
  const { newMs = 0 } = settings;
  const values = await readValues(send, typed);
  const lives = newMs === 0 ? [] : await askEach(send, 'PTTL', keys);
  const records = await askEach(
    send,
    'GET',
    recordKeys.map((key) => Buffer.from(key, 'latin1')),
  );
  const valueByKey = new Map(keys.map((key, i) => [key.toString('latin1'), values[i]]));
  const leftByKey = new Map(keys.map((key, i) => [key.toString('latin1'), leftMs(lives[i])]));
  const recordByKey = new Map(recordKeys.map((key, i) => [key, familyRecord(records[i])]));
  const stored = {
    value: (key: Uint8Array): StoredValue =>
      valueByKey.get(Buffer.from(key).toString('latin1')) ?? { kind: 'absent' as const },
    family: (key: string): FamilyRecord | undefined => recordByKey.get(key),
    leftMs: (key: Uint8Array): number | undefined => leftByKey.get(Buffer.from(key).toString('latin1')),
  };
  return { plan, stored, nowMs };
}

async function askEach(send: SendCommand, command: string, keys: readonly (string | Buffer)[]): Promise<Reply[]> {
  return forEach(keys, async (key) => ask(send, command, key));
}

async function forEach<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += IN_FLIGHT) {
    results.push(...(await Promise.all(items.slice(start, start + IN_FLIGHT).map(work))));
  }
  return results;
}

interface TypedKey {
  readonly type: MetricType;
  readonly key: Buffer;
}

async function readValues(send: SendCommand, keys: readonly TypedKey[]): Promise<StoredValue[]> {
  return forEach(keys, async ({ type, key }) => {
    const reply = await ask(send, 'GET', key);
    if (reply.kind === 'error') {
      return reply.message.startsWith('WRONGTYPE') ? readHash(send, { type, key }) : refused('unreadable');
    }
    return Buffer.isBuffer(reply.value) ? { kind: 'value', bytes: reply.value } : { kind: 'absent' };
  });
}

async function readHash(send: SendCommand, { type, key }: TypedKey): Promise<StoredValue> {
  const reply = await ask(send, 'HMGET', key, ...HASH_FIELDS[type]);
  if (reply.kind === 'error') return refused(reply.message.startsWith('WRONGTYPE') ? 'wrong_redis_type' : 'unreadable');
  const values = Array.isArray(reply.value) ? (reply.value as unknown[]) : [];
  return { kind: 'hash', values: values.map((value) => (Buffer.isBuffer(value) ? value : undefined)) };
}

function refused(reason: 'wrong_redis_type' | 'unreadable'): StoredValue {
  return { kind: 'refused', reason };
}

function leftMs(reply: Reply | undefined): number | undefined {
  return reply?.kind === 'reply' && Number(reply.value) >= 0 ? Number(reply.value) : undefined;
}

function familyRecord(reply: Reply | undefined): FamilyRecord | undefined {
  if (reply?.kind !== 'reply' || !Buffer.isBuffer(reply.value) || reply.value.length > MAX_RECORD_BYTES)
    return undefined;
  const text = decodeUtf8(reply.value);
  return text === undefined ? undefined : parseFamilyRecord(text);
}

/**
 * The clock of Redis in milliseconds since the epoch: by TIME, or by INFO if the user may not call TIME.
 * @throws MetricReaderError `redis_unavailable`; `refused` when this user may call neither
 */
export async function redisTimeMs(send: SendCommand): Promise<number> {
  const time = await ask(send, 'TIME');
  if (time.kind === 'reply') {
    const [seconds, micros] = time.value as [unknown, unknown];
    return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
  }
  const info = await ask(send, 'INFO', 'server');
  const micros = info.kind === 'reply' ? /server_time_usec:(\d+)/.exec(String(info.value))?.[1] : undefined;
  if (micros === undefined) {
    throw new MetricReaderError('refused', 'this user is allowed neither TIME nor INFO: add +time');
  }
  return Math.floor(Number(micros) / 1000);
}
