import { buildSeriesKey, internalKeys } from '@redmeter/metric-format';
import type { Redis } from 'ioredis';
import { workload, writeToRedis } from './workload.js';

const SPACE = { prefix: 'metrics' };
const INTERNAL = internalKeys(SPACE);
const SERIES_A_BATCH = 100;
const COMMANDS_A_PIPELINE = 10_000;

/** Which series a change is of: every hundredth (others each time), a hundredth side by side, or all. */
export type Changed = '1 % spread' | '1 % together' | 'all';

/** Counters in Redis that go on counting. */
export class ChangingCounters {
  readonly #redis: Redis;
  readonly #keys: readonly string[];
  #round = 0;

  private constructor(redis: Redis, keys: readonly string[]) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** Writes them as the library leaves them in Redis; nothing else is left in the database. */
  static async write(redis: Redis, count: number): Promise<ChangingCounters> {
    const series = workload(count, ['counter']);
    await writeToRedis(redis, series);
    const keys = series.map(({ type, name, labels }) => buildSeriesKey(SPACE, type, name, Object.entries(labels)));
    const counters = new ChangingCounters(redis, keys);
    await counters.change('all');
    return counters;
  }

  /** Gives some of them other values, a hundred in a batch, as the merge script does. */
  async change(changed: Changed): Promise<void> {
    this.#round += 1;
    const keys = this.#chosen(changed);
    const now = Date.now();
    for (let start = 0; start < keys.length; start += COMMANDS_A_PIPELINE) {
      const pipeline = this.#redis.pipeline();
      let revision = await this.#redis.incr(INTERNAL.revision);
      keys.slice(start, start + COMMANDS_A_PIPELINE).forEach((key, i) => {
        if (i % SERIES_A_BATCH === SERIES_A_BATCH - 1) {
          pipeline.incr(INTERNAL.revision);
          revision += 1;
        }
        const value = this.#round * 1000 + start + i;
        const record = { type: 'counter', value, created: now - 600_000, timestamp: now };
        pipeline.set(key, JSON.stringify(record), 'PX', 3_600_000);
        pipeline.zadd(INTERNAL.changed, revision, key);
      });
      await pipeline.exec();
    }
  }

  #chosen(changed: Changed): readonly string[] {
    if (changed === 'all') return this.#keys;
    if (changed === '1 % together') return this.#keys.slice(0, this.#keys.length / 100);
    return this.#keys.filter((_key, i) => i % 100 === this.#round % 100);
  }
}
