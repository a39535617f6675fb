import { hashSlot, shardTags } from '@redmeter/metric-format';
import { waitFor, type RedisCluster } from '@redmeter/test-servers';
import type { Redis } from 'ioredis';
import type { RedisMetricsOptions } from '../../src/index.js';
import { RedisMetricsService } from '../../src/index.js';
import { RecordedLog } from '../service/recorded-log.js';

const SERIES = 60;
const BOUNDS = [1, 2, 3];

/** What the writers recorded in one series. */
interface Expected {
  counter: number;
  histogram: number[];
}

/** Several writers that record in the same series all the time, and what they recorded. */
export class Load {
  readonly services: readonly RedisMetricsService[];
  readonly logs: readonly RecordedLog[];
  readonly #expected: Expected[] = Array.from({ length: SERIES }, () => ({ counter: 0, histogram: [0, 0, 0, 0] }));
  readonly #timer: NodeJS.Timeout;
  #ticks = 0;

  constructor(options: readonly Pick<RedisMetricsOptions, 'redis' | 'shards'>[]) {
    this.logs = options.map(() => new RecordedLog());
    this.services = options.map(
      (given, i) =>
        new RedisMetricsService({
          ...given,
          flushIntervalMs: 50,
          writerId: `writer ${i}`,
          logger: this.logs[i] ?? new RecordedLog(),
        }),
    );
    this.#timer = setInterval(() => this.#record(), 5);
  }

  /** Ends the recording, and waits until all is written; the writers are closed then. */
  async stop(timeoutMs = 30_000): Promise<void> {
    clearInterval(this.#timer);
    const deadline = Date.now() + timeoutMs;
    for (const service of this.services) {
      for (;;) {
        const error = await service.flush().then(
          () => undefined,
          (reason: unknown) => reason,
        );
        if (error === undefined) break;
        if (Date.now() > deadline) throw new Error('expected it to be written', { cause: error });
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
    await Promise.all(this.services.map((service) => service.close()));
  }

  /** Ends everything at once, for a test that failed. */
  async abandon(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.services.map((service) => service.close()));
  }

  /** Recordings that some writer dropped, by reason. */
  dropped(): Record<string, number> {
    const all: Record<string, number> = {};
    for (const service of this.services) {
      const { counter, histogram } = service.stats();
      for (const [reason, count] of [...Object.entries(counter.dropped), ...Object.entries(histogram.dropped)]) {
        all[reason] = (all[reason] ?? 0) + count;
      }
    }
    return all;
  }

  /** Whether every writer has had an answer since the call. */
  async goesOn(): Promise<void> {
    const flushed = (): number[] => this.services.map((service) => service.stats().counter.flushed);
    const before = flushed();
    await waitFor(() => flushed().every((count, i) => count > (before[i] ?? 0))).catch((error: unknown) => {
      const warnings = JSON.stringify(this.logs.map((log) => log.warnings.slice(-3)));
      throw new Error(`expected every writer to go on; the last warnings: ${warnings}`, { cause: error });
    });
  }

  /** What is to be in Redis. */
  expected(): LoadState {
    return Object.fromEntries(
      this.#expected.flatMap(({ counter, histogram }, i): [string, number | readonly number[]][] => [
        [`metrics:counter:orders:shop=${i}`, counter],
        [`metrics:histogram:pay_ms:shop=${i}`, histogram],
      ]),
    );
  }

  #record(): void {
    this.#ticks += 1;
    for (const [i, service] of this.services.entries()) {
      for (let n = 0; n < 5; n += 1) {
        const shop = (this.#ticks * 5 + n + i) % SERIES;
        const expected = this.#expected[shop];
        if (expected === undefined) continue;
        const value = (this.#ticks + n) % 4;
        service.incrementCounter('orders', value + 1, { shop });
        expected.counter += value + 1;
        service
          .histogram({ name: 'pay_ms', buckets: BOUNDS, labelNames: ['shop'] })
          .labels({ shop })
          .observe(value + 0.5);
        expected.histogram[value] = (expected.histogram[value] ?? 0) + 1;
      }
    }
  }
}

/** What was recorded in a Load's series: by key without tag, value of counters and counts of histograms. */
export type LoadState = Record<string, number | readonly number[]>;

/** What a cluster holds of a Load's series, each shard read where the cluster says that it is. */
export async function readStoredInCluster(cluster: RedisCluster, shards: number): Promise<LoadState> {
  const stored: LoadState = {};
  for (const tag of shardTags(shards)) {
    Object.assign(stored, await readStored((await cluster.masterOf(hashSlot(tag))).client, tag));
  }
  return stored;
}

/**
 * What a server holds of a Load's series, in the form of `expected()`.
 * @param tag the hash tag of a shard, without braces; all keys without one by default
 */
export async function readStored(client: Redis, tag?: string): Promise<LoadState> {
  const stored: LoadState = {};
  const start = tag === undefined ? 'metrics:' : `metrics:{${tag}}:`;
  for (const key of await client.keys(`${start}*`)) {
    if (!/:(orders|pay_ms):/.test(key)) continue;
    const record = JSON.parse((await client.get(key)) ?? 'null') as {
      readonly value?: number;
      readonly counts?: readonly number[];
    };
    stored[`metrics:${key.slice(start.length)}`] = record.value ?? record.counts ?? [];
  }
  return stored;
}
