import { MAX_RECORD_BYTES } from '@redmeter/metric-format';
import { bytesReply, listReply } from '../../redis/replies.js';
import { RedisReplyError, type RedisConnection } from '../../redis/redis-connection.js';
import type { SeriesEntry } from '../../series/entries/series-entry.js';
import type { DueEntries } from '../keys/due-entries.js';
import type { ValueOutcome } from '../../series/values/value-outcome.js';
import { keyArgument } from '../keys/listing-commands.js';

/** How the values of some keys are read. */
type Way = 'simple' | 'histogram' | 'suspect';

// Values per command, except for suspects: Redis copies that many bytes in far less than a millisecond, even if
// every histogram is large.
const VALUES_AT_ONCE: Readonly<Record<Way, number>> = { simple: 250, histogram: 100, suspect: 16 };
/** The number of such commands whose replies wait in memory. */
const IN_FLIGHT = 16;

const ABSENT: ValueOutcome = { kind: 'absent' };
const TOO_LONG: ValueOutcome = { kind: 'refused', reason: 'value_too_long' };

/**
 * Reads the values of some keys, independently: a key that holds no string, or may not be read, affects no other.
 * A key is looked at when it is asked for and when its answer comes, while its memory is at hand: passes over all of
 * 100,000 take some 10 ms each (measured).
 * @param isSuspect whether a value may be of any length, as those of suspects may, since the merge script is not the one
 * that writes it: then no more is asked for than a record may have, as copying a megabyte takes Redis up to 1 ms (measured)
 * @returns how many there were
 */
export async function readValues(
  redis: RedisConnection,
  due: DueEntries,
  isSuspect: (entry: SeriesEntry) => boolean,
  take: (entry: SeriesEntry, outcome: ValueOutcome) => void,
): Promise<number> {
  let count = 0;
  const parts = inParts(due, (entry) =>
    isSuspect(entry) ? 'suspect' : entry.type === 'histogram' ? 'histogram' : 'simple',
  );
  const worker = async (): Promise<void> => {
    for (let part = parts.next(); part.done !== true; part = parts.next()) {
      const { way, entries: some } = part.value;
      count += some.length;
      const values = await (way === 'suspect'
        ? Promise.all(some.map(async ({ key }) => readWithinBounds(redis, key)))
        : readChunk(redis, some, way === 'histogram'));
      some.forEach((entry, i) => take(entry, values[i] ?? ABSENT));
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  return count;
}

interface Part {
  readonly way: Way;
  readonly entries: readonly SeriesEntry[];
}

/** Groups keys that are read in the same way. */
function* inParts(due: DueEntries, wayOf: (entry: SeriesEntry) => Way): Generator<Part, void> {
  const waiting: Record<Way, SeriesEntry[]> = { simple: [], histogram: [], suspect: due.suspects() };
  for (const entry of due.readable()) {
    const way = wayOf(entry);
    waiting[way].push(entry);
    if (waiting[way].length < VALUES_AT_ONCE[way] || way === 'suspect') continue;
    yield { way, entries: waiting[way] };
    waiting[way] = [];
  }
  for (const way of ['simple', 'histogram', 'suspect'] as const) {
    for (const entries of split(waiting[way], VALUES_AT_ONCE[way])) yield { way, entries };
  }
}

/** @param isText whether the values are to be text, as those of histograms are kept; else they are bytes */
async function readChunk(
  redis: RedisConnection,
  chunk: readonly SeriesEntry[],
  isText: boolean,
): Promise<ValueOutcome[]> {
  const keys = chunk.map(({ key }) => keyArgument(key));
  const reply = await orReplyError(isText ? redis.sendForText('MGET', ...keys) : redis.send('MGET', ...keys));
  const values: unknown[] = Array.isArray(reply) ? reply : [];
  const again: Promise<void>[] = [];
  const outcomes = chunk.map(({ key }, i): ValueOutcome => {
    const value = values[i];
    if (Buffer.isBuffer(value)) return { kind: 'value', bytes: value };
    if (typeof value === 'string' && !value.includes('\uFFFD')) return { kind: 'text', text: value };
    // MGET returns nil for a key that is gone and for one that holds no string; it fails as a whole if a user may
    // not read one of the keys; and invalid UTF-8 must be distinguished from text that contains U+FFFD.
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
  if (reply instanceof RedisReplyError) return refusal(reply);
  const bytes = bytesReply(reply);
  return bytes === undefined ? ABSENT : { kind: 'value', bytes };
}

async function readWithinBounds(redis: RedisConnection, key: string): Promise<ValueOutcome> {
  const reply = await orReplyError(redis.send('GETRANGE', keyArgument(key), 0, MAX_RECORD_BYTES));
  if (reply instanceof RedisReplyError) return refusal(reply);
  const bytes = bytesReply(reply);
  // The same result as for a missing key.
  if (bytes === undefined || bytes.length === 0) return readOne(redis, key);
  return bytes.length > MAX_RECORD_BYTES ? TOO_LONG : { kind: 'value', bytes };
}

function refusal({ code }: RedisReplyError): ValueOutcome {
  // Migrating to another node of the cluster, which lists it when the whole slot has arrived.
  if (code === 'ASK') return ABSENT;
  return { kind: 'refused', reason: code === 'WRONGTYPE' ? 'wrong_redis_type' : 'unreadable' };
}

/** Reads some strings; undefined for keys of another type. */
export async function readStrings(redis: RedisConnection, keys: readonly string[]): Promise<(Buffer | undefined)[]> {
  const found: (Buffer | undefined)[] = [];
  for (const chunk of split(keys, VALUES_AT_ONCE.simple)) {
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
    // An error for one key is a result; an error of the whole server is not.
    if (error instanceof RedisReplyError && !SERVER_ERRORS.has(error.code)) return error;
    throw error;
  }
}

const SERVER_ERRORS: ReadonlySet<string> = new Set(['LOADING', 'MASTERDOWN', 'NOAUTH', 'CLUSTERDOWN', 'BUSY', 'MOVED']);

function split<T>(items: readonly T[], size: number): T[][] {
  const chunks: T[][] = [];
  for (let start = 0; start < items.length; start += size) chunks.push(items.slice(start, start + size));
  return chunks;
}
