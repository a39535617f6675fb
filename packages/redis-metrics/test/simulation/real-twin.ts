import { Redis } from 'ioredis';
import { readObservations, type HistogramFields, type HistogramState } from '../reference/histogram-reference.js';
import type { ReferenceStore, StoredValue } from '../reference/reference-store.js';
import { KEYS, type Reply, type Twin, type TwinCall } from './simulated-server.js';

/** All keys with their values, to be restored. */
type KeptData = readonly { readonly key: string; readonly dump: Buffer; readonly ttlMs: number }[];

const DUMP_ALL = `
local all = {}
for _, key in ipairs(redis.call('KEYS', '*')) do
  all[#all + 1] = key
  all[#all + 1] = redis.call('DUMP', key)
  all[#all + 1] = redis.call('PTTL', key)
end
return all`;
/** Where the merge script finds the simulated time. */
const NOW_KEY = 'simulated:now';
const TIME_LINE = "local time = call('TIME')";
const SIMULATED_TIME = `local at = call('GET', '${NOW_KEY}')
local time = { sub(at, 1, -4), sub(at, -3) .. '000' }`;
/** What the reference leaves out, or has only a part of. */
const WITHOUT_REFERENCE = [KEYS.changed, KEYS.live, NOW_KEY];

/** A real Redis with the real merge script that does what the simulated one does; each reply must be the same. */
export class RealTwin implements Twin {
  readonly #redis: Redis;
  readonly #script: string;
  readonly #kept = new Map<number, KeptData>();
  /** Calls that were compared. */
  calls = 0;

  /** @param script the text of the merge script */
  constructor(redis: Redis, script: string) {
    if (script.split(TIME_LINE).length !== 2) throw new Error(`the merge script: expected once ${TIME_LINE}`);
    this.#redis = redis;
    this.#script = script.replace(TIME_LINE, SIMULATED_TIME);
  }

  /** Removes all data, as at the beginning of a schedule. */
  async reset(): Promise<void> {
    this.#kept.clear();
    await this.#redis.flushall();
  }

  async execute({ args, expected, nowMs, trouble }: TwinCall): Promise<void> {
    this.calls += 1;
    await this.#redis.set(NOW_KEY, String(nowMs));
    if (trouble === 'OOM') await this.#redis.config('SET', 'maxmemory', '1');
    if (trouble === 'READONLY') await this.#redis.replicaof('127.0.0.1', '1');
    const actual = await this.#merge(args);
    if (trouble === 'OOM') await this.#redis.config('SET', 'maxmemory', '0');
    if (trouble === 'READONLY') await this.#redis.replicaof('NO', 'ONE');
    const [held, wanted] = [comparable(actual), comparable(expected)];
    if (held !== wanted) throw new TwinError(`the merge script answers ${held}, its reference ${wanted}`);
  }

  async #merge([, keyTotal = '0', ...rest]: readonly string[]): Promise<Reply> {
    try {
      return { value: await this.#redis.eval(this.#script, Number(keyTotal), ...rest) };
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) };
    }
  }

  async remove(keys: readonly string[]): Promise<void> {
    await this.#redis.del(...keys);
  }

  async setText(key: string, text: string): Promise<void> {
    await this.#redis.set(key, text);
  }

  async setList(key: string): Promise<void> {
    await this.#redis.del(key);
    await this.#redis.rpush(key, 'an element');
  }

  async flushAll(): Promise<void> {
    await this.#redis.flushall();
  }

  async keep(number: number): Promise<void> {
    const all = (await this.#redis.callBuffer('EVAL', DUMP_ALL, '0')) as (Buffer | number)[];
    const kept = [];
    for (let i = 0; i < all.length; i += 3) {
      kept.push({ key: String(all[i]), dump: all[i + 1] as Buffer, ttlMs: Math.max(0, Number(all[i + 2])) });
    }
    this.#kept.set(number, kept);
  }

  async restore(number: number | undefined): Promise<void> {
    await this.#redis.flushall();
    const kept = number === undefined ? [] : this.#kept.get(number);
    if (kept === undefined) throw new RangeError(`expected data kept as ${number ?? 'none'}`);
    for (const { dump, key, ttlMs } of kept) await this.#redis.restore(key, ttlMs, dump);
  }

  /** @throws TwinError when a key holds something else than in the reference */
  async compare(store: ReferenceStore): Promise<void> {
    const found = new Set(await this.#redis.keys('*'));
    for (const [key, value] of store.values()) {
      if (value.kind === 'live') continue;
      if (!found.delete(key)) throw new TwinError(`${key}: the reference has ${JSON.stringify(value)}, Redis nothing`);
      const type = await this.#redis.type(key);
      const text = type === 'string' ? ((await this.#redis.get(key)) ?? '') : type;
      const [held, wanted] = [readHeld(value, text), wantedOf(key, value)];
      if (held !== wanted) throw new TwinError(`${key}: the reference has ${wanted}, Redis ${held}`);
    }
    for (const key of WITHOUT_REFERENCE) found.delete(key);
    if (found.size > 0) throw new TwinError(`Redis has keys that the reference has not: ${[...found].join(' ')}`);
  }
}

/** The reference and the merge script differ. */
export class TwinError extends Error {
  override readonly name = 'TwinError';
}

/** A reply without the time in it; of an error the first word. */
function comparable(reply: Reply): string {
  if ('error' in reply) return reply.error.split(' ', 1).join();
  const [kind = '', dataset = '', , ...rest] = reply.value as string[];
  return [kind, dataset, ...rest].join('|');
}

function wantedOf(key: string, value: StoredValue): string {
  switch (value.kind) {
    case 'dataset':
      return value.id;
    case 'number':
      return String(value.number);
    case 'noted': {
      const isMark = key.startsWith(KEYS.mark(''));
      return isMark ? `${value.batch} ${value.note}${value.refusals}` : `${value.batch}${value.refusals}`;
    }
    case 'family':
      return value.type;
    case 'counter':
      return String(value.value);
    case 'histogram':
      return shownHistogram(value);
    case 'gauge':
      return String(value.value);
    case 'text':
      return value.text;
    case 'list':
      return 'list';
    case 'live':
      return 'zset';
  }
}

interface HeldRecord extends HistogramFields {
  readonly id?: string;
  readonly type?: string;
  readonly value?: number;
  readonly count?: number;
}

/** What stands under a key, as far as the reference has it. */
function readHeld(value: StoredValue, text: string): string {
  const record = text.startsWith('{') ? (JSON.parse(text) as HeldRecord) : {};
  switch (value.kind) {
    case 'dataset':
      return record.id ?? text;
    case 'counter':
    case 'gauge':
      return String(record.value ?? text);
    case 'family':
      return record.type ?? text;
    case 'histogram': {
      if (record.count === undefined) return text;
      const { counts, native, ...read } = readObservations(record);
      // While writers count in other forms, the reference has none.
      const isMixed = value.counts === undefined && value.native === undefined;
      return shownHistogram({ ...read, count: record.count, ...(isMixed ? NO_FORM : { counts, native }) });
    }
    default:
      return text;
  }
}

const NO_FORM = { counts: undefined, native: undefined };

function shownHistogram({ count, sum, counts, native }: HistogramState): string {
  const sides = native && { positive: [...native.positive], negative: [...native.negative] };
  return JSON.stringify([count, sum, counts, { ...native, ...sides }]);
}

/** Connects to a Redis whose data may be removed. */
export async function openTwin(url: string, script: string): Promise<{ twin: RealTwin; close: () => void }> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
  redis.on('error', () => undefined);
  await redis.connect();
  return { twin: new RealTwin(redis, script), close: () => redis.disconnect() };
}
