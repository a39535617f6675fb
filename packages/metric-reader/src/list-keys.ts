import { internalKeys, MAX_SHARDS, SCAN_LIMIT_KEYS, shardTags } from '@redmeter/metric-format';
import type { KeyListing } from './reading-plan.js';
import { ask, type SendCommand } from './redis-commands.js';

const SCAN_COUNT = '1000';

/** Where and how keys are looked for. */
export interface ListSettings {
  readonly prefix: string;
  /** Keys in the database up to which it is scanned. Default 50,000. */
  readonly scanLimitKeys?: number;
}

/**
 * Finds the keys under a prefix: by scanning while the database is small, else in the indexes that writers keep, since
 * SCAN walks the keys of others, too.
 * @param nowMs milliseconds since the epoch: what the index says has expired by then is left out
 * @throws MetricReaderError `redis_unavailable`
 */
export async function listKeys(send: SendCommand, settings: ListSettings, nowMs: number): Promise<KeyListing> {
  const { prefix, scanLimitKeys = SCAN_LIMIT_KEYS } = settings;
  const size = await ask(send, 'DBSIZE');
  if (size.kind === 'reply' && Number(size.value) <= scanLimitKeys) {
    const keys = await scan(send, `${prefix}:*`);
    if (keys !== undefined) return { keys: distinct(keys), isScanDisabled: false };
  }
  const spaces = [{ prefix }, ...(await tagsOf(send, prefix)).map((tag) => ({ prefix, tag }))];
  const replies = await Promise.all(
    spaces
      .map(internalKeys)
      .flatMap(({ live, announced }) => [
        ask(send, 'ZRANGEBYSCORE', live, String(nowMs), '+inf'),
        ask(send, 'SMEMBERS', announced),
      ]),
  );
  const start = Buffer.from(`${prefix}:`);
  const keys = replies.flatMap((reply) => (reply.kind === 'reply' ? buffers(reply.value) : []));
  return { keys: distinct(keys.filter((key) => key.subarray(0, start.length).equals(start))), isScanDisabled: true };
}

/** The tags of the data set's shards, if it has any. One of them is 0, whatever their number. */
async function tagsOf(send: SendCommand, prefix: string): Promise<string[]> {
  const reply = await ask(send, 'GET', internalKeys({ prefix, tag: '0' }).dataset);
  if (reply.kind !== 'reply' || !Buffer.isBuffer(reply.value)) return [];
  const [, shards] = /^\{"format":1,"id":"[\w-]+","shards":(\d{1,4})\}$/.exec(reply.value.toString('latin1')) ?? [];
  const count = Number(shards ?? 0);
  return count >= 1 && count <= MAX_SHARDS ? shardTags(count) : [];
}

/** Undefined when Redis refuses to scan. */
async function scan(send: SendCommand, pattern: string): Promise<Buffer[] | undefined> {
  const keys: Buffer[] = [];
  let cursor = '0';
  do {
    const reply = await ask(send, 'SCAN', cursor, 'MATCH', pattern, 'COUNT', SCAN_COUNT);
    if (reply.kind === 'error') return undefined;
    const [next, page] = reply.value as [unknown, unknown];
    for (const key of buffers(page)) keys.push(key);
    cursor = String(next);
  } while (cursor !== '0');
  return keys;
}

function buffers(value: unknown): Buffer[] {
  return Array.isArray(value) ? value.filter((one) => Buffer.isBuffer(one)) : [];
}

/** SCAN may name a key twice; a key may stand in both indexes. */
function distinct(keys: readonly Buffer[]): Buffer[] {
  return [...new Map(keys.map((key) => [key.toString('latin1'), key])).values()];
}
