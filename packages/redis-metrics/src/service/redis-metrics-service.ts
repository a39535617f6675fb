import { setTimeout as delay } from 'node:timers/promises';
import { METRIC_TYPES } from '@redmeter/metric-format';
import { BurstClock } from '../time/burst-clock.js';
import { monotonicClock } from '../time/clock.js';
import { RedisMetricsError } from '../errors/redis-metrics-error.js';
import { messageOf } from '../errors/error-text.js';
import { EvictionPolicies } from '../redis/eviction-policy.js';
import { FlushSchedule } from '../flush/flush-schedule.js';
import { collectGauges, type BeforeFlush } from './collect-gauges.js';
import type {
  Counter,
  CounterDefinition,
  Family,
  Gauge,
  GaugeDefinition,
  Histogram,
  HistogramDefinition,
  Labels,
} from '../recording/series/instruments.js';
import { keepRunning } from './keep-running.js';
import { LogOnce } from '../accounting/log-once.js';
import type { RedisMetricsOptions } from './options.js';
import { OwnMetrics } from './own-metrics.js';
import { openConnections } from '../redis/open-connections.js';
import type { RedisConnection } from '../redis/redis-connection.js';
import { Registry } from '../recording/registry.js';
import { resolveOptions } from './resolve-options.js';
import { SeriesBudget } from '../recording/series/series-budget.js';
import { ShardWriters } from '../flush/shard-writers.js';
import { ShardedChanges } from '../flush/sharded-changes.js';
import { Shards } from '../recording/series/shards.js';
import { readStats, type MetricsStats } from './stats.js';
import { closeTallies, newTallies } from '../accounting/tally.js';
import { takeWriterId, type WriterId } from './writer-id.js';
import { WriteReport } from './write-report.js';

/** How long `close` tries to write pending recordings. */
const CLOSE_TIMEOUT_MS = 5000;
const CLOSE_RETRY_MS = 200;
/** Flush intervals until a gauge of mode `process` expires after its process ended. */
const LEASE_INTERVALS = 3;
/** Flush intervals after the last observation with a set of bounds until those of other processes replace it. */
const BOUNDS_LEASE_INTERVALS = 6;

/**
 * Records counters, gauges and histograms, and writes them to Redis every few seconds, each recording exactly once. Recording never throws
 * and never blocks: what cannot be recorded is counted in `stats()` by reason, and logged once.
 */
export class RedisMetricsService {
  readonly #log: LogOnce;
  readonly #tallies = newTallies();
  readonly #ownTallies = newTallies();
  readonly #budget: SeriesBudget;
  readonly #registry: Registry;
  readonly #ownRegistry: Registry;
  readonly #ownMetrics: OwnMetrics | undefined;
  readonly #connections: readonly RedisConnection[];
  readonly #writers: ShardWriters;
  readonly #schedule: FlushSchedule;
  readonly #report: WriteReport;
  readonly #beforeFlush: BeforeFlush[] = [];
  readonly #writerId: WriterId;
  readonly #evictionPolicies: EvictionPolicies;
  #closing: Promise<void> | undefined;

  /** @throws RedisMetricsError `invalid_option` */
  constructor(options: RedisMetricsOptions) {
    const resolved = resolveOptions(options);
    const { defaultBuckets, flushIntervalMs, idleTtlMs, logger, ttlMs } = resolved;
    this.#writerId = takeWriterId(resolved.writerId);
    const writerId = this.#writerId.text;
    const clock = monotonicClock;
    const startedAtMs = clock();
    const shards = new Shards(resolved.prefix, resolved.shards);
    const changes = new ShardedChanges(shards, resolved.maxSeries);
    const log = (this.#log = new LogOnce(logger));
    this.#report = new WriteReport(logger);
    const leaseMs = LEASE_INTERVALS * flushIntervalMs;
    const loss = { noticedAtMs: Number.NEGATIVE_INFINITY };
    const boundsLeaseMs = BOUNDS_LEASE_INTERVALS * flushIntervalMs;
    const leases = { leaseMs, boundsLeaseMs };
    const clocks = { clock, setClock: new BurstClock(clock) };
    const scope = {
      shards,
      ...clocks,
      changed: changes,
      log,
      defaultLabels: [],
      processName: writerId,
      ...leases,
      loss,
      exemplarSource: undefined,
    };
    this.#budget = new SeriesBudget(resolved.maxSeries, resolved.maxSeriesPerFamily, resolved.manySeries);
    const { defaultLabels } = resolved;
    const { exemplarSource } = resolved;
    for (const tally of Object.values(this.#tallies)) tally.hasExemplarSource = exemplarSource !== undefined;
    const recorded = { ...scope, defaultLabels, tallies: this.#tallies, budget: this.#budget, exemplarSource };
    this.#registry = new Registry(recorded, defaultBuckets, false);
    const ownBudget = new SeriesBudget(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
    this.#ownRegistry = new Registry({ ...scope, tallies: this.#ownTallies, budget: ownBudget }, defaultBuckets, true);
    this.#ownMetrics = resolved.ownMetrics ? new OwnMetrics(this.#ownRegistry, writerId) : undefined;

    this.#evictionPolicies = new EvictionPolicies((policy, mayEvict) => {
      if (this.#closing !== undefined) return;
      this.#report.noteEvictionPolicy(policy);
      this.#ownMetrics?.noteEviction(mayEvict);
    });
    this.#connections = openConnections(resolved.redis, shards.spaces, () => this.#writers.retryNow());
    this.#writers = new ShardWriters({
      shards,
      changes,
      connections: this.#connections,
      registries: [this.#registry, this.#ownRegistry],
      log,
      ttlMs,
      idleTtlMs,
      renewEveryMs: flushIntervalMs / 2,
      startedAtMs,
      loss,
      onFlushed: (shard, error, durationMs) => {
        this.#ownMetrics?.noteFlush(error === undefined, durationMs);
        this.#report.noteFlush(shard, error);
        if (error === undefined) this.#checkEvictionPolicy(shard);
      },
    });
    this.#schedule = new FlushSchedule({
      prepare: () => this.#prepare(),
      writers: this.#writers,
      intervalMs: flushIntervalMs,
    });
    this.#schedule.start();
    void this.#connect();
  }

  /** Adds `value` (at least 0, default 1) to a counter. */
  incrementCounter(name: string, value = 1, labels?: Labels): void {
    this.#registry.counter(name).open(labels).inc(value);
  }

  /** Sets a gauge. */
  setGauge(name: string, value: number, labels?: Labels): void {
    this.#registry.gauge(name).open(labels).set(value);
  }

  /** Records one observation in a histogram, which has the service's `defaultBuckets` unless it was declared with others. */
  recordHistogram(name: string, value: number, labels?: Labels): void {
    this.#registry.histogram(name).open(labels).observe(value);
  }

  /** Declares a counter; a repeated declaration returns the same one. */
  counter<LabelName extends string = never>(definition: CounterDefinition<LabelName>): Family<Counter, LabelName> {
    return this.#registry.declareCounter(definition);
  }

  /** Declares a gauge; a repeated declaration returns the same one. */
  gauge<LabelName extends string = never>(definition: GaugeDefinition<LabelName>): Family<Gauge, LabelName> {
    return this.#registry.declareGauge(definition);
  }

  /** Declares a histogram; a repeated declaration returns the same one. */
  histogram<LabelName extends string = never>(
    definition: HistogramDefinition<LabelName>,
  ): Family<Histogram, LabelName> {
    return this.#registry.declareHistogram(definition);
  }

  /**
   * Registers a function that is called before each flush, except retries, and once more when the service closes, to record values that are
   * counted elsewhere. A flush waits for its promise for at most one second. Its errors are logged once.
   * @param collect called with whether this is the last call
   */
  beforeFlush(collect: (isLast: boolean) => void | Promise<void>): void {
    this.#beforeFlush.push(collect);
  }

  /**
   * Writes everything recorded before the call.
   * @throws RedisMetricsError `flush_failed` or `incompatible_data`: what was not written stays pending and is retried; `closed`
   */
  async flush(): Promise<void> {
    if (this.#closing !== undefined) throw new RedisMetricsError('closed', 'flush() was called after close()');
    await this.#flush();
  }

  /**
   * Stops recording and writes everything pending, for at most 5 seconds; the rest is counted as dropped and logged. Recordings are still
   * accepted until the functions of `beforeFlush` have ended. A second call returns the same promise, which never rejects.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Delivery statistics of everything the application recorded. */
  stats(): MetricsStats {
    return readStats(this.#tallies, this.#writers.all, this.#budget);
  }

  async #flush(): Promise<void> {
    const release = keepRunning();
    try {
      await this.#schedule.flush();
    } catch (error) {
      if (error instanceof RedisMetricsError) throw error;
      throw new RedisMetricsError('flush_failed', `the metrics are not written: ${messageOf(error)}`, { cause: error });
    } finally {
      release();
    }
  }

  async #prepare(): Promise<void> {
    if (this.#closing === undefined) await this.#collect(false);
    await this.#registry.completeRemovals();
    this.#ownMetrics?.update(this.#tallies, this.#registry.seriesCounts(), this.#budget, this.#writers.lastAppliedMs);
  }

  #collect(isLast: boolean): Promise<void> {
    return collectGauges(this.#registry.gaugeFamilies(), this.#beforeFlush, isLast, this.#log);
  }

  /** Connects immediately, so that a Redis that is down is logged at startup. */
  async #connect(): Promise<void> {
    try {
      await Promise.all(this.#connections.map((connection) => connection.ready()));
    } catch (error) {
      if (this.#closing === undefined) this.#report.noteError(error);
    }
  }

  #checkEvictionPolicy(shard: number): void {
    const connection = this.#connections[shard] ?? this.#connections[0];
    const hasWritten = this.#writers.all[shard]?.sender.lastAppliedMs !== undefined;
    if (connection === undefined || !hasWritten || this.#closing !== undefined) return;
    void this.#evictionPolicies.noteApplied(connection);
  }

  async #close(): Promise<void> {
    const release = keepRunning();
    const deadlineMs = monotonicClock() + CLOSE_TIMEOUT_MS;
    // Gauges set synchronously are still accepted.
    const collecting = this.#collect(true);
    if (this.#beforeFlush.length > 0) await collecting;
    closeTallies(this.#tallies);
    let isWritten = await this.#flushBefore(deadlineMs);
    while (!isWritten && monotonicClock() + CLOSE_RETRY_MS < deadlineMs) {
      await delay(CLOSE_RETRY_MS);
      isWritten = await this.#flushBefore(deadlineMs);
    }
    this.#schedule.stop();
    closeTallies(this.#ownTallies);
    this.#report.noteClose(METRIC_TYPES.reduce((sum, type) => sum + this.stats()[type].pending, 0));
    this.#writers.abandon();
    for (const connection of this.#connections) connection.close();
    this.#writerId.release();
    release();
  }

  /** Whether a last flush succeeds in time. It does not wait for a backoff, since Redis may be up again. */
  async #flushBefore(deadlineMs: number): Promise<boolean> {
    for (const connection of this.#connections) connection.reconnectNow();
    return isDoneBefore(deadlineMs, this.#schedule.flush());
  }
}

/** Whether a flush succeeds in time; a failure is reported elsewhere. */
async function isDoneBefore(deadlineMs: number, flush: Promise<void>): Promise<boolean> {
  const timeout = new AbortController();
  const leftMs = Math.max(0, deadlineMs - monotonicClock());
  const isDone = await Promise.race([
    flush.then(
      () => true,
      () => false,
    ),
    delay(leftMs, false, { signal: timeout.signal }).catch(() => false),
  ]);
  timeout.abort();
  return isDone;
}
