import { listReply } from '../../redis/replies.js';
import { RedisReplyError, type RedisConnection } from '../../redis/redis-connection.js';
import type { SeriesEntry } from '../../series/entries/series-entry.js';
import type { DueEntries } from '../keys/due-entries.js';
import type { ValueOutcome } from '../../series/values/value-outcome.js';
import { keyArgument } from '../keys/listing-commands.js';
import { ABSENT, orReplyError, readLikelyHash, readOne, readWithinBounds } from './read-one-value.js';

/** How the values of some keys are read. */
type Way = 'simple' | 'histogram' | 'suspect';

// Values per command, except for suspects: Redis copies that many bytes in far less than a millisecond, even if
// every histogram is large.
const VALUES_AT_ONCE: Readonly<Record<Way, number>> = { simple: 250, histogram: 100, suspect: 16 };
/** The number of such commands whose replies wait in memory. */
const IN_FLIGHT = 16;

/** What is known of a key before its value is read. */
export interface KnownOfValue {
  /**
   * Whether a value may be of any length, since the merge script is not the one that writes it: then no more is asked for than a record
   * may have, as copying a megabyte takes Redis up to 1 ms (measured).
   */
  isSuspect(entry: SeriesEntry): boolean;
  /** Whether the key held a hash. */
  isHash(entry: SeriesEntry): boolean;
}

/**
 * Reads the values of some keys, independently: a key that holds no metric, or may not be read, affects no other.
 * A key is looked at when it is asked for and when its answer comes, while its memory is at hand: passes over all of
 * 100,000 take some 10 ms each (measured).
 * @returns how many there were
 */
export async function readValues(
  redis: RedisConnection,
  due: DueEntries,
  known: KnownOfValue,
  take: (entry: SeriesEntry, outcome: ValueOutcome) => void,
): Promise<number> {
  let count = 0;
  const parts = inParts(due, (entry) =>
    known.isSuspect(entry) ? 'suspect' : entry.type === 'histogram' ? 'histogram' : 'simple',
  );
  const worker = async (): Promise<void> => {
    for (let part = parts.next(); part.done !== true; part = parts.next()) {
      const { way, entries: some } = part.value;
      count += some.length;
      const values = await (way === 'suspect'
        ? Promise.all(
            some.map(async (entry) => (known.isHash(entry) ? readLikelyHash : readWithinBounds)(redis, entry)),
          )
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
  const keys = chunk.map(({ keyArgument: key }) => key);
  const reply = await orReplyError(isText ? redis.sendForText('MGET', ...keys) : redis.send('MGET', ...keys));
  const values: unknown[] = Array.isArray(reply) ? reply : [];
  const again: Promise<void>[] = [];
  const outcomes = chunk.map((entry, i): ValueOutcome => {
    const value = values[i];
    if (Buffer.isBuffer(value)) return { kind: 'value', bytes: value };
    if (typeof value === 'string' && !value.includes('\uFFFD')) return { kind: 'text', text: value };
    // MGET returns nil for a key that is gone and for one that holds no string; it fails as a whole if a user may
    // not read one of the keys; and invalid UTF-8 must be distinguished from text that contains U+FFFD.
    again.push(
      readOne(redis, entry).then((outcome) => {
        outcomes[i] = outcome;
      }),
    );
    return ABSENT;
  });
  await Promise.all(again);
  return outcomes;
}

/** Reads some strings; undefined for keys of another type. */
export async function readStrings(redis: RedisConnection, keys: readonly string[]): Promise<(Buffer | undefined)[]> {
  const found: (Buffer | undefined)[] = [];
  for (const chunk of split(keys, VALUES_AT_ONCE.simple)) {
    const reply = await orReplyError(redis.send('MGET', ...chunk.map(keyArgument)));
    if (!(reply instanceof RedisReplyError)) found.push(...listReply(reply));
    else {
      const one = async (key: string): Promise<Buffer | undefined> => {
        const outcome = await readOne(redis, { key, type: undefined });
        return outcome.kind === 'value' ? outcome.bytes : undefined;
      };
      found.push(...(await Promise.all(chunk.map(one))));
    }
  }
  return found;
}

function split<T>(items: readonly T[], size: number): T[][] {
  const chunks: T[][] = [];
  for (let start = 0; start < items.length; start += size) chunks.push(items.slice(start, start + size));
  return chunks;
}
