import { MAX_RECORD_BYTES } from '@redmeter/metric-format';
import { bytesReply, integerReply, listReply } from '../redis/replies.js';
import { RedisReplyError, type RedisConnection } from '../redis/redis-connection.js';
import type { SeriesEntry } from '../series/series-entry.js';
import type { ValueOutcome } from '../series/value-outcome.js';
import { keyArgument } from './listings.js';

// Values of one command: bytes that Redis copies in far less than a millisecond, were every histogram a large one.
const SIMPLE_VALUES = 250;
const HISTOGRAMS = 100;
/** The same for values that anybody may have written, whose lengths are asked; copying a megabyte took up to 1 ms (measured). */
const MOST_BYTES = 262_144;
/** Commands in flight at once: the answers to all wait in memory. */
const IN_FLIGHT = 16;

const ABSENT: ValueOutcome = { kind: 'absent' };
const TOO_LONG: ValueOutcome = { kind: 'refused', reason: 'value_too_long' };

/**
 * Reads the values of some keys, each by itself in effect: one that holds no string, or may not be read, costs no other.
 * @param isSuspect whether a value may be of any length, as the merge script is not the one that writes it: then that is
 * asked first
 */
export async function readValues(
  redis: RedisConnection,
  entries: readonly SeriesEntry[],
  isSuspect: (entry: SeriesEntry) => boolean,
  take: (entry: SeriesEntry, outcome: ValueOutcome) => void,
): Promise<void> {
  const lengths = await readLengths(redis, entries.filter(isSuspect));
  const lengthOf = (entry: SeriesEntry): number => lengths.get(entry) ?? 0;
  const simple: SeriesEntry[] = [];
  const histograms: SeriesEntry[] = [];
  for (const entry of entries) {
    if (lengthOf(entry) > MAX_RECORD_BYTES) take(entry, TOO_LONG);
    else if (entry.type === 'histogram') histograms.push(entry);
    else simple.push(entry);
  }
  const chunks = [...pack(simple, SIMPLE_VALUES, lengthOf), ...pack(histograms, HISTOGRAMS, lengthOf)];
  await inTurns(chunks, async (chunk) => {
    const values = await readChunk(redis, chunk);
    for (const [i, entry] of chunk.entries()) take(entry, values[i] ?? ABSENT);
  });
}

async function readLengths(
  redis: RedisConnection,
  entries: readonly SeriesEntry[],
): Promise<ReadonlyMap<SeriesEntry, number>> {
  const found = new Map<SeriesEntry, number>();
  await inTurns(split(entries, SIMPLE_VALUES), async (chunk) => {
    const lengths = await Promise.all(
      chunk.map(async ({ key }) => orReplyError(redis.send('STRLEN', keyArgument(key)))),
    );
    for (const [i, entry] of chunk.entries()) {
      const length = lengths[i];
      // An error is told apart when the value itself is read.
      if (!(length instanceof RedisReplyError)) found.set(entry, integerReply(length));
    }
  });
  return found;
}

async function readChunk(redis: RedisConnection, chunk: readonly SeriesEntry[]): Promise<ValueOutcome[]> {
  const reply = await orReplyError(redis.sendForText('MGET', ...chunk.map(({ key }) => keyArgument(key))));
  const values: unknown[] = Array.isArray(reply) ? reply : [];
  const again: Promise<void>[] = [];
  const outcomes = chunk.map(({ key }, i): ValueOutcome => {
    const text = values[i];
    if (typeof text === 'string' && !text.includes('\uFFFD')) return { kind: 'text', text };
    // MGET gives nothing for a key that is gone and for one that holds no string; it fails as a whole where a user may
    // not read one of the keys; and what is no UTF-8 must be told from text that says U+FFFD.
    again.push(
      readOne(redis, key).then((outcome) => {
        outcomes[i] = outcome;
      }),
    );
    return ABSENT;
  });
  await Promise.all(again);
  return outcomes;
}

async function readOne(redis: RedisConnection, key: string): Promise<ValueOutcome> {
  const reply = await orReplyError(redis.send('GET', keyArgument(key)));
  if (reply instanceof RedisReplyError) {
    // On its way to another node of the cluster, which lists it when the whole slot has arrived.
    if (reply.code === 'ASK') return ABSENT;
    return { kind: 'refused', reason: reply.code === 'WRONGTYPE' ? 'wrong_redis_type' : 'unreadable' };
  }
  const bytes = bytesReply(reply);
  return bytes === undefined ? ABSENT : { kind: 'value', bytes };
}

/** Reads some plain strings; undefined for what is none. */
export async function readStrings(redis: RedisConnection, keys: readonly string[]): Promise<(Buffer | undefined)[]> {
  const found: (Buffer | undefined)[] = [];
  for (const chunk of split(keys, SIMPLE_VALUES)) {
    const reply = await orReplyError(redis.send('MGET', ...chunk.map(keyArgument)));
    if (!(reply instanceof RedisReplyError)) found.push(...listReply(reply));
    else {
      const one = async (key: string): Promise<Buffer | undefined> => {
        const outcome = await readOne(redis, key);
        return outcome.kind === 'value' ? outcome.bytes : undefined;
      };
      found.push(...(await Promise.all(chunk.map(one))));
    }
  }
  return found;
}

async function orReplyError(reply: Promise<unknown>): Promise<unknown> {
  try {
    return await reply;
  } catch (error) {
    // Errors that concern one key are an answer; that the server as a whole does not serve is not.
    if (error instanceof RedisReplyError && !SERVER_ERRORS.has(error.code)) return error;
    throw error;
  }
}

const SERVER_ERRORS: ReadonlySet<string> = new Set(['LOADING', 'MASTERDOWN', 'NOAUTH', 'CLUSTERDOWN', 'BUSY', 'MOVED']);

async function inTurns<T>(chunks: readonly T[], work: (chunk: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let chunk = chunks[next++]; chunk !== undefined; chunk = chunks[next++]) await work(chunk);
  };
  await Promise.all(Array.from({ length: Math.min(IN_FLIGHT, chunks.length) }, worker));
}

/** At most so many in a chunk, and no more bytes than one command may copy. */
function pack<T>(items: readonly T[], most: number, bytesOf: (item: T) => number): T[][] {
  const chunks: T[][] = [];
  let chunk: T[] = [];
  let bytes = 0;
  for (const item of items) {
    if (chunk.length === most || (chunk.length > 0 && bytes + bytesOf(item) > MOST_BYTES)) {
      chunks.push(chunk);
      chunk = [];
      bytes = 0;
    }
    chunk.push(item);
    bytes += bytesOf(item);
  }
  if (chunk.length > 0) chunks.push(chunk);
  return chunks;
}

function split<T>(items: readonly T[], size: number): T[][] {
  const chunks: T[][] = [];
  for (let start = 0; start < items.length; start += size) chunks.push(items.slice(start, start + size));
  return chunks;
}
