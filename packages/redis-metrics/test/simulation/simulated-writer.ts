import { LogOnce } from '../../src/accounting/log-once.js';
import { newTallies } from '../../src/accounting/tally.js';
import { FlushSchedule } from '../../src/flush/flush-schedule.js';
import { ShardWriters } from '../../src/flush/shard-writers.js';
import { ShardedChanges } from '../../src/flush/sharded-changes.js';
import { Registry } from '../../src/recording/registry.js';
import { SeriesBudget } from '../../src/recording/series/series-budget.js';
import { Shards } from '../../src/recording/series/shards.js';
import type { RedisAddress } from '../../src/redis/redis-address.js';
import { RedisConnection } from '../../src/redis/redis-connection.js';
import { readStats, type MetricsStats } from '../../src/service/stats.js';
import type { Runtime } from '../../src/time/runtime.js';
import { seededRandom } from '../chaos/random.js';
import { applicationClient, SimulatedClient, type Route } from './simulated-client.js';
import type { SimulatedServer } from './simulated-server.js';
import type { SizeBuckets } from './sizes.js';
import type { StoppedProcess, VirtualTime } from './virtual-time.js';

/** How a writer is connected: by its own client, by that of its application, or to the nodes of a cluster. */
export type Connecting = 'own' | 'application' | 'cluster';

export interface SimulatedWriterOptions {
  readonly connecting: Connecting;
  /** The buckets in which it counts sizes. */
  readonly sizes: SizeBuckets;
  readonly seed: number;
}

export const FLUSH_INTERVAL_MS = 5000;
export const TTL_MS = 1_800_000;
const ADDRESS: RedisAddress = { options: {}, display: 'redis://simulated/0' };
const BOUNDS = [5];
const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A writer of the library with its real parts, in a process of its own that can be stopped or killed. */
export class SimulatedWriter implements StoppedProcess {
  readonly name: string;
  readonly route: Route;
  /** The ids that the library drew: the first one is its incarnation. */
  readonly ids: string[] = [];
  stoppedUntilMs = 0;
  isKilled = false;
  isClosed = false;
  readonly #tallies = newTallies();
  readonly #registry: Registry;
  readonly #writers: ShardWriters;
  readonly #schedule: FlushSchedule;
  readonly #connection: RedisConnection;
  readonly #sizeBuckets: SizeBuckets;
  readonly #budget = new SeriesBudget(1000, 1000);
  readonly #application: { readonly listenerTotal: number } | undefined;
  /** Timers that have neither ended nor been stopped. */
  timers = 0;

  /** All sizes that it observed. */
  readonly sizes: number[] = [];

  constructor(
    name: string,
    time: VirtualTime,
    server: SimulatedServer,
    { connecting, seed, sizes }: SimulatedWriterOptions,
  ) {
    this.name = name;
    this.#sizeBuckets = sizes;
    const random = seededRandom(seed);
    this.route = {
      time,
      server,
      process: this,
      random,
      faults: [],
      isSilent: false,
      clients: new Set(),
      onReply: () => undefined,
    };
    const runtime = this.#runtime(time, random);
    const startedAtMs = runtime.clock();
    const shards = new Shards('metrics');
    const changes = new ShardedChanges(shards, 1000);
    const log = new LogOnce(SILENT);
    const loss = { noticedAtMs: Number.NEGATIVE_INFINITY };
    const scope = {
      ...{ shards, clock: runtime.clock, tallies: this.#tallies, changed: changes, log, budget: this.#budget, loss },
      exemplarSource: undefined,
      ...{ defaultLabels: [], processName: name, leaseMs: 3 * FLUSH_INTERVAL_MS, boundsLeaseMs: 6 * FLUSH_INTERVAL_MS },
    };
    this.#registry = new Registry(scope, BOUNDS, false);
    const onReady = (): void => this.#writers.retryNow();
    if (connecting === 'application') {
      const client = applicationClient(this.route);
      this.#application = client;
      this.#connection = new RedisConnection(client, onReady, { runtime });
    } else {
      const locator = connecting === 'cluster' ? locatorOf(server) : undefined;
      this.#connection = new RedisConnection(ADDRESS, onReady, {
        runtime,
        ...(locator === undefined ? {} : { locator }),
        openClient: ({ host = '' }, locate) => new SimulatedClient(this.route, false, locate, host),
      });
    }
    this.#writers = new ShardWriters({
      ...{ shards, changes, connections: [this.#connection], registries: [this.#registry], runtime, log, loss },
      ...{ ttlMs: TTL_MS, idleTtlMs: 86_400_000, renewEveryMs: FLUSH_INTERVAL_MS / 2, startedAtMs },
      onFlushed: () => undefined,
    });
    this.#schedule = new FlushSchedule({
      prepare: () => Promise.resolve(),
      writers: this.#writers,
      intervalMs: FLUSH_INTERVAL_MS,
      runtime,
    });
    this.#schedule.start();
    this.#connection.ready().catch(() => undefined);
  }

  /** The id of this writer in Redis. */
  get incarnation(): string {
    return this.ids[0] ?? '';
  }

  /** Whether it runs, and will go on. */
  get isAlive(): boolean {
    return !this.isKilled && !this.isClosed;
  }

  increment(kind: number, times: number): void {
    const counter = this.#registry.counter('events').open({ kind });
    for (let i = 0; i < times; i += 1) counter.inc();
  }

  observe(times: number): void {
    const histogram = this.#registry.histogram('took_ms').open();
    for (let i = 0; i < times; i += 1) histogram.observe(i % 2 === 0 ? 1 : 10);
  }

  observeSizes(values: readonly number[]): void {
    const histogram = this.#registry.declareHistogram({ name: 'sizes', ...this.#sizeBuckets }).open();
    for (const value of values) histogram.observe(value);
    this.sizes.push(...values);
  }

  setGauge(value: number): void {
    this.#registry.gauge('level').open({ writer: this.name }).set(value);
  }

  flush(): Promise<void> {
    return this.#schedule.flush();
  }

  /** Ends as `close()` does when its time is over. */
  abandon(): void {
    this.isClosed = true;
    this.#schedule.stop();
    for (const tally of Object.values(this.#tallies)) tally.isClosed = true;
    this.#writers.abandon();
    this.#connection.close();
  }

  /** Ends without a last word: nothing of it runs any more. */
  kill(): void {
    this.isKilled = true;
    this.stoppedUntilMs = Number.POSITIVE_INFINITY;
  }

  stats(): MetricsStats {
    return readStats(this.#tallies, this.#writers.all, this.#budget);
  }

  /** Listeners on the client of the application, or on the library's own clients. */
  get listeners(): number {
    if (this.#application !== undefined) return this.#application.listenerTotal;
    let most = 0;
    for (const { listenerTotal } of this.route.clients) most = Math.max(most, listenerTotal);
    return most;
  }

  #runtime(time: VirtualTime, random: () => number): Runtime {
    const after = (delayMs: number, callback: () => void): (() => void) => {
      this.timers += 1;
      let isOver = false;
      const end = (): void => {
        if (!isOver) this.timers -= 1;
        isOver = true;
      };
      const cancel = time.after(
        delayMs,
        () => {
          end();
          callback();
        },
        this,
      );
      return () => {
        end();
        cancel();
      };
    };
    return {
      clock: () => time.nowMs,
      after,
      every: (intervalMs, callback) => {
        let stop = (): void => undefined;
        const next = (): void => {
          stop = after(intervalMs, () => {
            next();
            callback();
          });
        };
        next();
        return () => stop();
      },
      random,
      newId: () => {
        const id = `${this.name}-${this.ids.length}`;
        this.ids.push(id);
        return id;
      },
    };
  }
}

/** Finds the node that has the slot, as a cluster reports it. */
function locatorOf(server: SimulatedServer): {
  locate: () => Promise<{ host: string; port: number }>;
  redirect: (to: { readonly host: string }) => void;
} {
  let hint: string | undefined;
  return {
    locate: () => {
      const host = hint ?? server.owner;
      hint = undefined;
      return Promise.resolve({ host, port: 6379 });
    },
    redirect: ({ host }) => {
      hint = host;
    },
  };
}
