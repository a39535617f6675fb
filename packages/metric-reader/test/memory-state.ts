import {
  decodeUtf8,
  HASH_FIELDS,
  MAX_RECORD_BYTES,
  parseFamilyRecord,
  parseKeyHead,
  type EscapingScheme,
} from '@redmeter/metric-format';
import { planReading, readMetrics, type Reading } from '@redmeter/metric-reader';
import type { StoredKey } from './vectors.js';

/** How a state in memory is read. */
export interface MemoryReadSettings {
  readonly prefix?: string;
  readonly maxSeries?: number | undefined;
  readonly nowMs: number;
  readonly newMs?: number | undefined;
  readonly escaping?: EscapingScheme | undefined;
}

/** Reads keys that lie in memory, without Redis. */
export function readFromMemory(redis: readonly StoredKey[], settings: MemoryReadSettings): Reading {
  const { prefix = 'metrics', maxSeries, newMs, nowMs, escaping } = settings;
  const contents = new Map(redis.map(({ key, content }) => [key.toString('latin1'), content]));
  const keys = redis.map(({ key }) => key).filter((key) => key.toString('latin1').startsWith(`${prefix}:`));
  const plan = planReading(
    { keys, isScanDisabled: false },
    { prefix, ...(maxSeries === undefined ? {} : { maxSeries }) },
  );
  return readMetrics(
    plan,
    {
      value: (key) => {
        const content = contents.get(Buffer.from(key).toString('latin1'));
        if (content === undefined) return { kind: 'absent' };
        if (content.kind === 'string') return { kind: 'value', bytes: content.bytes };
        const head = parseKeyHead(key, prefix);
        if (content.kind !== 'hash' || head.kind !== 'head') return { kind: 'refused', reason: 'wrong_redis_type' };
        const fields = new Map(content.pairs.map(([name, value]) => [name.toString('latin1'), value]));
        return { kind: 'hash', values: HASH_FIELDS[head.type].map((name) => fields.get(name)) };
      },
      family: (key) => {
        const content = contents.get(key);
        if (content?.kind !== 'string' || content.bytes.length > MAX_RECORD_BYTES) return undefined;
        const text = decodeUtf8(content.bytes);
        return text === undefined ? undefined : parseFamilyRecord(text);
      },
    },
    nowMs,
    newMs,
    escaping,
  );
}
