import type { RedisTarget } from '../redis/redis-target.js';
import { SeriesUnion, type SeriesSnapshot, type UnionPart } from '../series/series-union.js';
import type { Listed, RebuildReason } from './shards/incremental-reader.js';
import { metricsLeftOut } from './left-out.js';
import type { ReadBudget } from './read-budget.js';
import type { ReadingOptions } from './reading-options.js';
import { TargetReader, type NodeState, type TargetReading } from './shards/target-reader.js';

/** The label that distinguishes the series of several Redis. */
const TARGET_LABEL = 'redis';

/** What one read of everything found. */
export interface UnionReading {
  readonly snapshot: SeriesSnapshot;
  /** The latest of the clocks of the Redis that were read, milliseconds since the epoch. */
  readonly nowMs: number;
  /** Whether of some node only the indexes are read, as its database is too large to scan. */
  readonly isScanDisabled: boolean;
  /** Most series in an answer. */
  readonly maxSeries: number;
  /** Families left out because there are too many series, by name. */
  readonly truncated: readonly string[];
  /** Values that were read. */
  readonly keysRead: number;
  /** Keys known, with a series to show or not. */
  readonly keysKnown: number;
  /** Why everything of a shard was read anew, for each of which it was. */
  readonly rebuilt: readonly RebuildReason[];
  /** Counts shown higher than Redis has them. */
  readonly held: number;
  /** Why nothing at all can be read; undefined when something can. */
  readonly failure: string | undefined;
  readonly nodes: readonly NodeState[];
  /** Slots that no node serves, by the name of the cluster. */
  readonly unservedSlots: ReadonlyMap<string, number>;
}

/**
 * Of the time for a read, how much of it others may wait for a node that keeps silent, and how long it has to have; a
 * short scrape timeout must not make a distant server count as silent.
 */
const STALL = { askedAfter: 0.5, silentFor: 0.25, minMs: 500 } as const;

/**
 * Reads some Redis at the same time and makes one answer of what they hold: all series of what can be read. Where there
 * are several, each series has a label that names its Redis, so that no sum falls when one is away.
 */
export class UnionReader {
  readonly #targets: readonly { readonly target: RedisTarget; readonly reader: TargetReader }[];
  readonly #maxSeries: number;
  readonly #union = new SeriesUnion();

  constructor(targets: readonly RedisTarget[], options: ReadingOptions) {
    this.#maxSeries = options.maxSeries;
    this.#targets = targets.map((target) => {
      const labels = targets.length === 1 ? {} : { targetLabels: [[TARGET_LABEL, target.name] as const] };
      return { target, reader: new TargetReader(target, { ...options, ...labels }) };
    });
  }

  /**
   * Reads what changed since the last read and answers all series. One read at a time.
   * @param budget after which the answer comes too late: a node that keeps silent is given up before
   */
  async read(budget: ReadBudget): Promise<UnionReading> {
    const { readings, leftOut } = await this.#readAll(budget);
    const nodes = readings.flatMap((one) => one.nodes);
    const parts: UnionPart[] = [];
    const read = readings.flatMap(({ shards }) =>
      shards.flatMap((shard) => {
        if (shard.kind === 'read') {
          parts.push({ table: shard.reading.table, nowMs: shard.reading.nowMs, isMissing: false });
          return [shard.reading];
        }
        for (const table of shard.tables) parts.push({ table, nowMs: 0, isMissing: true });
        return [];
      }),
    );
    const anyFailure = nodes.find(({ failure }) => failure !== undefined)?.failure;
    const sum = (of: (one: (typeof read)[number]) => number): number => read.reduce((total, one) => total + of(one), 0);
    const snapshot = this.#union.snapshot(parts, leftOut);
    return {
      snapshot,
      nowMs: read.reduce((latest, { nowMs }) => Math.max(latest, nowMs), 0),
      isScanDisabled: read.some((one) => one.isScanDisabled),
      maxSeries: this.#maxSeries,
      truncated: [...leftOut].sort(),
      keysRead: sum(({ keysRead }) => keysRead),
      keysKnown: sum(({ keysKnown }) => keysKnown),
      rebuilt: read.flatMap(({ rebuilt }) => rebuilt ?? []),
      held: sum(({ table }) => table.held),
      failure: read.length > 0 ? undefined : (anyFailure ?? 'no node serves any key'),
      nodes,
      unservedSlots: new Map(this.#targets.map(({ target }, i) => [target.name, readings[i]?.unservedSlots ?? 0])),
    };
  }

  async #readAll(
    budget: ReadBudget,
  ): Promise<{ readonly readings: readonly TargetReading[]; readonly leftOut: ReadonlySet<string> }> {
    const stopWatching = budget.whenOver(STALL.askedAfter, (totalMs) => {
      for (const { target, reader } of this.#targets) {
        // For one server alone nobody waits but who wants just its answer.
        if (this.#targets.length === 1 && reader.nodeCount <= 1) continue;
        target.cutSilent(Math.max(STALL.minMs, totalMs * STALL.silentFor));
      }
    });
    try {
      const listed = await Promise.all(this.#targets.map(async ({ reader }) => reader.list()));
      // Not before all have listed: who is faster must not decide, and a part of a metric would pass for the whole.
      const leftOut = this.#leftOut(listed.flatMap(({ shards }) => shards));
      return { readings: await Promise.all(listed.map(async (one) => one.read(leftOut))), leftOut };
    } finally {
      stopWatching();
    }
  }

  #leftOut(shards: readonly Listed[]): ReadonlySet<string> {
    if (shards.reduce((sum, { count }) => sum + count, 0) <= this.#maxSeries) return new Set();
    const sizes = new Map<string, number>();
    for (const shard of shards) {
      for (const [name, count] of shard.sizes()) sizes.set(name, (sizes.get(name) ?? 0) + count);
    }
    return metricsLeftOut(sizes, this.#maxSeries);
  }
}
