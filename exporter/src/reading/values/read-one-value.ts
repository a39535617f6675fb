import { HASH_FIELDS, hashRefusal, MAX_RECORD_BYTES } from '@redmeter/metric-format';
import { bytesReply, integerReply, listReply } from '../../redis/replies.js';
import { RedisReplyError, type RedisConnection } from '../../redis/redis-connection.js';
import type { SeriesEntry } from '../../series/entries/series-entry.js';
import type { ValueOutcome } from '../../series/values/value-outcome.js';
import { keyArgument } from '../keys/listing-commands.js';

/** There is nothing under the key. */
export const ABSENT: ValueOutcome = { kind: 'absent' };
const TOO_LONG: ValueOutcome = { kind: 'refused', reason: 'value_too_long' };
const WRONG_TYPE: ValueOutcome = { kind: 'refused', reason: 'wrong_redis_type' };

/** Which key: its bytes, one a character, and the type of metric that it says. */
type OneKey = Pick<SeriesEntry, 'key' | 'type'>;

/** Reads a value that is known to be of the length of a record. */
export async function readOne(redis: RedisConnection, one: OneKey): Promise<ValueOutcome> {
  const reply = await orReplyError(redis.send('GET', keyArgument(one.key)));
  if (reply instanceof RedisReplyError) return reply.code === 'WRONGTYPE' ? readHash(redis, one) : refusal(reply);
  const bytes = bytesReply(reply);
  return bytes === undefined ? ABSENT : { kind: 'value', bytes };
}

/** Reads a value of any length: of one that is too long for a record, no more than shows that. */
export async function readWithinBounds(redis: RedisConnection, one: OneKey): Promise<ValueOutcome> {
  const reply = await orReplyError(redis.send('GETRANGE', keyArgument(one.key), 0, MAX_RECORD_BYTES));
  if (reply instanceof RedisReplyError) return reply.code === 'WRONGTYPE' ? readHash(redis, one) : refusal(reply);
  const bytes = bytesReply(reply);
  // The same result as for a missing key.
  if (bytes === undefined || bytes.length === 0) return readOne(redis, one);
  return bytes.length > MAX_RECORD_BYTES ? TOO_LONG : { kind: 'value', bytes };
}

/** Reads a key that held a hash before; to ask for a string first would count as an error in Redis's statistics. */
export async function readLikelyHash(redis: RedisConnection, one: OneKey): Promise<ValueOutcome> {
  const outcome = await readHash(redis, one);
  return outcome === WRONG_TYPE ? readWithinBounds(redis, one) : outcome;
}

async function readHash(redis: RedisConnection, { key, type }: OneKey): Promise<ValueOutcome> {
  if (type === undefined) return WRONG_TYPE;
  const names = HASH_FIELDS[type];
  const lengths = await Promise.all(
    names.map(async (name) => orReplyError(redis.send('HSTRLEN', keyArgument(key), name))),
  );
  const error = lengths.find((length) => length instanceof RedisReplyError);
  if (error !== undefined) return refusal(error);
  const reason = hashRefusal(lengths.map(integerReply));
  if (reason !== undefined) return reason === 'wrong_redis_type' ? WRONG_TYPE : TOO_LONG;
  const values = await orReplyError(redis.send('HMGET', keyArgument(key), ...names));
  return values instanceof RedisReplyError ? refusal(values) : { kind: 'hash', values: listReply(values) };
}

function refusal({ code }: RedisReplyError): ValueOutcome {
  // Migrating to another node of the cluster, which lists it when the whole slot has arrived.
  if (code === 'ASK') return ABSENT;
  return code === 'WRONGTYPE' ? WRONG_TYPE : { kind: 'refused', reason: 'unreadable' };
}

const SERVER_ERRORS: ReadonlySet<string> = new Set(['LOADING', 'MASTERDOWN', 'NOAUTH', 'CLUSTERDOWN', 'BUSY', 'MOVED']);

/** A reply, or the error that Redis answered with for one key. */
export async function orReplyError(reply: Promise<unknown>): Promise<unknown> {
  try {
    return await reply;
  } catch (error) {
    // An error for one key is a result; an error of the whole server is not.
    if (error instanceof RedisReplyError && !SERVER_ERRORS.has(error.code)) return error;
    throw error;
  }
}
