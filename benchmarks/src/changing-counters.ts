import { buildSeriesKey, internalKeys } from '@redmeter/metric-format';
import type { Redis } from 'ioredis';
import { workload, writeToRedis } from './workload.js';

const SPACE = { prefix: 'metrics' };
const INTERNAL = internalKeys(SPACE);
const SERIES_A_BATCH = 100;
const COMMANDS_A_PIPELINE = 10_000;

/** Which series a change is of: every hundredth (others each time), a hundredth side by side, or all. */
export type Changed = '1 % spread' | '1 % together' | 'all';

interface Counter {
  readonly key: string;
  value: number;
}

/** Counters in Redis that keep counting. */
export class ChangingCounters {
  readonly #redis: Redis;
  readonly #counters: readonly Counter[];
  readonly #createdMs = Date.now() - 600_000;
  #round = 0;

  private constructor(redis: Redis, counters: readonly Counter[]) {
    this.#redis = redis;
    this.#counters = counters;
  }

  /** Writes them as the library leaves them in Redis; nothing else is left in the database. */
  static async write(redis: Redis, count: number): Promise<ChangingCounters> {
    const series = workload(count, ['counter']);
    await writeToRedis(redis, series);
    const counters = series.map(({ type, name, labels, value }) => ({
      key: buildSeriesKey(SPACE, type, name, Object.entries(labels)),
      value,
    }));
    const changing = new ChangingCounters(redis, counters);
    await changing.change('all');
    return changing;
  }

  /** Adds to some of them, a hundred in a batch, as the merge script does. */
  async change(changed: Changed): Promise<void> {
    this.#round += 1;
    const counters = this.#chosen(changed);
    const now = Date.now();
    for (let start = 0; start < counters.length; start += COMMANDS_A_PIPELINE) {
      const pipeline = this.#redis.pipeline();
      let revision = await this.#redis.incr(INTERNAL.revision);
      counters.slice(start, start + COMMANDS_A_PIPELINE).forEach((counter, i) => {
        if (i % SERIES_A_BATCH === SERIES_A_BATCH - 1) {
          pipeline.incr(INTERNAL.revision);
          revision += 1;
        }
        counter.value += 1 + (i % 9);
        const record = { type: 'counter', value: counter.value, created: this.#createdMs, timestamp: now };
        pipeline.set(counter.key, JSON.stringify(record), 'PX', 3_600_000);
        pipeline.zadd(INTERNAL.changed, revision, counter.key);
      });
      await pipeline.exec();
    }
  }

  #chosen(changed: Changed): readonly Counter[] {
    if (changed === 'all') return this.#counters;
    if (changed === '1 % together') return this.#counters.slice(0, this.#counters.length / 100);
    return this.#counters.filter((_counter, i) => i % 100 === this.#round % 100);
  }
}
