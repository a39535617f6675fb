import { internalKeys, MAX_SHARDS, SCAN_LIMIT_KEYS, shardTags } from '@redmeter/metric-format';
import type { KeyListing } from './reading-plan.js';
import { ask, type SendCommand } from './redis-commands.js';

// A page takes Redis well below a millisecond. Scores are expensive, as Redis prints each as a double.
const SCAN_COUNT = '1000';
const SCORED_COUNT = '200';

/** Where and how keys are searched. */
export interface ListSettings {
  readonly prefix: string;
  /** Keys in the database up to which it is scanned. Default 50,000. */
  readonly scanLimitKeys?: number;
}

/**
 * Finds the keys under a prefix: by SCAN while the database is small, else in the indexes of the writers, since
 * SCAN also visits the keys of others.
 * @param nowMs milliseconds since the epoch: what the index says has expired by then is left out
 * @throws MetricReaderError `redis_unavailable`
 */
export async function listKeys(send: SendCommand, settings: ListSettings, nowMs: number): Promise<KeyListing> {
  const { prefix, scanLimitKeys = SCAN_LIMIT_KEYS } = settings;
  const size = await ask(send, 'DBSIZE');
  if (size.kind === 'reply' && Number(size.value) <= scanLimitKeys) {
    const keys = await scan(send, ['SCAN'], ['MATCH', `${prefix}:*`, 'COUNT', SCAN_COUNT]);
    if (keys !== undefined) return { keys: distinct(keys), isScanDisabled: false };
  }
  const spaces = [{ prefix }, ...(await tagsOf(send, prefix)).map((tag) => ({ prefix, tag }))];
  const found = await Promise.all(
    spaces
      .map(internalKeys)
      .flatMap(({ live, announced }) => [
        listLive(send, live, nowMs),
        scan(send, ['SSCAN', announced], ['COUNT', SCAN_COUNT]),
      ]),
  );
  const start = Buffer.from(`${prefix}:`);
  const keys = found.flatMap((some) => some ?? []);
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

/** Keys that have not expired according to the index of live series. */
async function listLive(send: SendCommand, key: string, nowMs: number): Promise<Buffer[] | undefined> {
  const pairs = await scan(send, ['ZSCAN', key], ['COUNT', SCORED_COUNT]);
  return pairs?.filter((_, i) => i % 2 === 0 && scoreOf(pairs[i + 1]) >= nowMs);
}

/** All results of a command such as SCAN, page by page; undefined when Redis refuses it. */
async function scan(send: SendCommand, head: readonly string[], options: string[]): Promise<Buffer[] | undefined> {
  const [command = '', ...key] = head;
  const items: Buffer[] = [];
  let cursor = '0';
  do {
    const reply = await ask(send, command, ...key, cursor, ...options);
    if (reply.kind === 'error') return undefined;
    const [next, page] = reply.value as [unknown, unknown];
    for (const item of buffers(page)) items.push(item);
    cursor = String(next);
  } while (cursor !== '0');
  return items;
}

function scoreOf(text: Buffer | undefined): number {
  return text?.toString() === 'inf' ? Number.POSITIVE_INFINITY : Number(text);
}

function buffers(value: unknown): Buffer[] {
  return Array.isArray(value) ? value.filter((one) => Buffer.isBuffer(one)) : [];
}

/** SCAN may return a key twice, and a key may be in both indexes. */
function distinct(keys: readonly Buffer[]): Buffer[] {
  return [...new Map(keys.map((key) => [key.toString('latin1'), key])).values()];
}
