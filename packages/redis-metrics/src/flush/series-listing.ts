import { buildSeriesKey, internalKeys, type KeySpace, type MetricType } from '@redmeter/metric-format';
import { RedisMetricsError } from '../errors/redis-metrics-error.js';
import type { RedisConnection } from '../redis/redis-connection.js';
import { processRuntime, type Runtime } from '../time/runtime.js';

// Entries per command. Redis takes longer for sorted sets than for keys, so this is less than for SCAN.
const PAGE = '200';
const ANSWER_TIMEOUT_MS = 5000;
// What stands for something else in a pattern of Redis, and in the name of a metric for itself; keys have no backslash.
const GLOB = /[*?[\]]/g;

/** Lists the series of a metric from the index of existing series in Redis. */
export class SeriesListing {
  readonly #connection: RedisConnection;
  readonly #space: KeySpace;
  readonly #runtime: Pick<Runtime, 'after'>;

  constructor(connection: RedisConnection, space: KeySpace, runtime: Pick<Runtime, 'after'> = processRuntime) {
    this.#runtime = runtime;
    this.#connection = connection;
    this.#space = space;
  }

  /**
   * The keys of all series of a metric, page by page; a key may occur twice.
   * @throws an error of Redis; RedisMetricsError `flush_failed` when there is no reply in time
   */
  async *keysOf(type: MetricType, name: string): AsyncGenerator<readonly string[]> {
    const { live } = internalKeys(this.#space);
    const bare = buildSeriesKey(this.#space, type, name, []);
    let cursor = '0';
    do {
      const reply = await this.#ask('ZSCAN', [live, cursor, 'MATCH', `${bare.replace(GLOB, '\\$&')}*`, 'COUNT', PAGE]);
      const [next, scored] = reply as [unknown, readonly unknown[]];
      cursor = String(next);
      const keys = scored.filter((_score, i) => i % 2 === 0).map(String);
      yield keys.filter((key) => key === bare || key.startsWith(`${bare}:`));
    } while (cursor !== '0');
  }

  async #ask(command: string, args: readonly string[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const stopTimer = this.#runtime.after(ANSWER_TIMEOUT_MS, () => {
        this.#connection.reconnect();
        reject(new RedisMetricsError('flush_failed', `no answer from Redis within ${ANSWER_TIMEOUT_MS} ms`));
      });
      this.#connection.send(command, args).finally(stopTimer).then(resolve, reject);
    });
  }
}
