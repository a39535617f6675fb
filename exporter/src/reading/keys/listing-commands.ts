import { bytesReply, integerReply, listReply, pageReply } from '../../redis/replies.js';
import { RedisReplyError, type RedisConnection } from '../../redis/redis-connection.js';

// A page of names takes Redis 0.2 to 0.5 ms (measured). Scores cost far more, as Redis prints each as a double: 1,000 of
// them took up to 5.6 ms (measured).
const PAGE = 1000;
const SCORED_PAGE = 200;

/** A key with the score that an index gives it. */
export interface Scored {
  /** The key's bytes, one a character. */
  readonly key: string;
  readonly score: number;
}

/** The names of all keys under a prefix, page by page, possibly with duplicates. */
export async function* scanKeys(redis: RedisConnection, prefix: string): AsyncGenerator<string[]> {
  yield* pages(redis, ['SCAN'], ['MATCH', `${prefix}:*`]);
}

/**
 * Some members of a set, at least `count` if as many are left, possibly with duplicates. Nothing if there is no such set.
 * @param cursor where to continue: `0` to begin; `0` is returned after the last member
 */
export async function scanSetFrom(
  redis: RedisConnection,
  key: string,
  cursor: string,
  count: number,
): Promise<{ readonly members: readonly string[]; readonly cursor: string }> {
  const members: string[] = [];
  let at = cursor;
  do {
    const reply = await orIfWrongType(redis.send('SSCAN', key, at, 'COUNT', PAGE), NOTHING_LEFT);
    const page = pageReply(reply);
    members.push(...page.items.map(latin1));
    at = page.cursor;
  } while (at !== '0' && members.length < count);
  return { members, cursor: at };
}

const NOTHING_LEFT = [Buffer.from('0'), []];

/** The members of a sorted set with their scores, page by page, possibly with duplicates. Nothing if there is no such set. */
export async function* scanSortedSet(redis: RedisConnection, key: string): AsyncGenerator<Scored[]> {
  for await (const page of orNothing(pages(redis, ['ZSCAN', key], []))) {
    const scored: Scored[] = [];
    for (let i = 0; i + 1 < page.length; i += 2) scored.push({ key: page[i] ?? '', score: toScore(page[i + 1]) });
    yield scored;
  }
}

async function* pages(redis: RedisConnection, head: string[], options: string[]): AsyncGenerator<string[]> {
  let cursor = '0';
  do {
    const [command = '', ...keys] = head;
    const page = pageReply(
      await redis.send(command, ...keys, cursor, ...options, 'COUNT', command === 'ZSCAN' ? SCORED_PAGE : PAGE),
    );
    cursor = page.cursor;
    yield page.items.map(latin1);
  } while (cursor !== '0');
}

async function* orNothing(all: AsyncGenerator<string[]>): AsyncGenerator<string[]> {
  try {
    yield* all;
  } catch (error) {
    passWrongType(error);
  }
}

/** In a database that others write to, the key of an index may hold another type: then the index is empty. */
export async function orIfWrongType<T>(reply: Promise<T>, nothing: T): Promise<T> {
  try {
    return await reply;
  } catch (error) {
    passWrongType(error);
    return nothing;
  }
}

function passWrongType(error: unknown): void {
  if (!(error instanceof RedisReplyError) || error.code !== 'WRONGTYPE') throw error;
}

// Revisions in one command. A batch has a revision of its own and some hundred series, at most 1,000.
const REVISIONS = 5;
/** Above this distance most revisions have no members left, and reading by members is faster. */
const MAX_REVISIONS = 10_000;
const IN_FLIGHT = 16;

/** The members of a sorted set of revisions after one revision up to another. A page holds whole revisions. */
export async function* changedSince(
  redis: RedisConnection,
  key: string,
  after: number,
  until: number,
): AsyncGenerator<string[]> {
  if (until - after > MAX_REVISIONS) {
    for await (const page of rangeByScore(redis, key, after, until)) yield page.map((scored) => scored.key);
    return;
  }
  // Without scores, which cost Redis the most.
  const read = async (from: number): Promise<string[]> => {
    const to = Math.min(from + REVISIONS - 1, until);
    return listReply(await orIfWrongType(redis.send('ZRANGEBYSCORE', key, from, to), [])).map(latin1);
  };
  for (let from = after + 1; from <= until; from += REVISIONS * IN_FLIGHT) {
    const starts = Array.from({ length: IN_FLIGHT }, (_, i) => from + i * REVISIONS).filter((one) => one <= until);
    yield* await Promise.all(starts.map(read));
  }
}

/**
 * The members of a sorted set with a score above `after` and at most `until`, page by page, by score. No page begins in
 * the middle of members with one score: those are read separately if they fill more than a page.
 */
async function* rangeByScore(
  redis: RedisConnection,
  key: string,
  after: number,
  until: number,
): AsyncGenerator<Scored[]> {
  let from = after;
  for (;;) {
    const page = await range(redis, key, `(${from}`, String(until), 0);
    const last = page.at(-1);
    if (page.length < SCORED_PAGE || last === undefined) {
      yield page;
      return;
    }
    const whole = page.filter(({ score }) => score < last.score);
    if (whole.length > 0) {
      yield whole;
      from = whole.at(-1)?.score ?? from;
      continue;
    }
    for (let offset = 0; ; offset += SCORED_PAGE) {
      const same = await range(redis, key, String(last.score), String(last.score), offset);
      yield same;
      if (same.length < SCORED_PAGE) break;
    }
    from = last.score;
  }
}

async function range(redis: RedisConnection, key: string, min: string, max: string, offset: number): Promise<Scored[]> {
  const sent = redis.send('ZRANGEBYSCORE', key, min, max, 'WITHSCORES', 'LIMIT', offset, SCORED_PAGE);
  const reply = await orIfWrongType(sent, []);
  // In RESP3 each pair is a list.
  const items = listReply(Array.isArray(reply) ? reply.flat() : reply).map(latin1);
  const scored: Scored[] = [];
  for (let i = 0; i + 1 < items.length; i += 2) scored.push({ key: items[i] ?? '', score: toScore(items[i + 1]) });
  return scored;
}

/** The scores of some members; undefined for those that are not in the set. */
export async function scoresOf(
  redis: RedisConnection,
  key: string,
  members: readonly string[],
): Promise<(number | undefined)[]> {
  const scores: (number | undefined)[] = [];
  for (let start = 0; start < members.length; start += SCORED_PAGE) {
    const names = members.slice(start, start + SCORED_PAGE).map(keyArgument);
    const nothing = names.map(() => null);
    const page = listReply(await orIfWrongType(redis.send('ZMSCORE', key, ...names), nothing));
    scores.push(...page.map((score) => (score === undefined ? undefined : toScore(latin1(score)))));
  }
  return scores;
}

/** The number of members with at least this score. */
export async function countFrom(redis: RedisConnection, key: string, min: number): Promise<number> {
  return countWithin(redis, key, String(min), '+inf');
}

/** The number of members with a score above `after` and at most `until`. */
export async function countBetween(redis: RedisConnection, key: string, after: number, until: number): Promise<number> {
  return countWithin(redis, key, `(${after}`, String(until));
}

async function countWithin(redis: RedisConnection, key: string, min: string, max: string): Promise<number> {
  return integerReply(await orIfWrongType(redis.send('ZCOUNT', key, min, max), 0));
}

/** The clock of Redis in milliseconds since the epoch: by TIME, or by INFO if the user may not call TIME. */
export async function redisTimeMs(redis: RedisConnection): Promise<number> {
  try {
    const [seconds, micros] = listReply(await redis.send('TIME')).map((part) => Number(latin1(part)));
    return (seconds ?? Number.NaN) * 1000 + Math.floor((micros ?? Number.NaN) / 1000);
  } catch (error) {
    if (!(error instanceof RedisReplyError) || error.code !== 'NOPERM') throw error;
    const info = bytesReply(await redis.send('INFO', 'server'))?.toString('latin1') ?? '';
    return Math.floor(Number(/server_time_usec:(\d+)/.exec(info)?.[1]) / 1000);
  }
}

/** A key as an argument: its bytes, where its characters are not those already. */
export function keyArgument(key: string): string | Buffer {
  return /[\u0080-\u00ff]/.test(key) ? Buffer.from(key, 'latin1') : key;
}

function latin1(bytes: Buffer | undefined): string {
  return bytes?.toString('latin1') ?? '';
}

function toScore(text: string | undefined): number {
  return text === 'inf' || text === '+inf' ? Number.POSITIVE_INFINITY : Number(text);
}
