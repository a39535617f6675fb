import { compareBytes } from '@redmeter/metric-format';
import type { RedisTarget } from '../redis/redis-target.js';
import type { Form } from '../series/form.js';
import { SeriesUnion, type SeriesSnapshot, type UnionPart } from '../series/series-union.js';
import type { Listed, RebuildReason } from './shards/incremental-reader.js';
import { metricsLeftOut } from './left-out.js';
import type { ReadBudget } from './read-budget.js';
import type { ReadingOptions } from './reading-options.js';
import { TargetReader, type NodeState, type TargetReading } from './shards/target-reader.js';

/** The label that distinguishes the series of several Redis. */
const TARGET_LABEL = 'redis';

/** The result of one read of everything. */
export interface UnionReading {
  readonly snapshot: SeriesSnapshot;
  /** The latest clock of the servers that were read, in milliseconds since the epoch. */
  readonly nowMs: number;
  /** Whether some node has a database too large to scan, so that only its indexes are read. */
  readonly isScanDisabled: boolean;
  /** Maximum number of series in a response. */
  readonly maxSeries: number;
  /** Families left out because there are too many series, by name. */
  readonly truncated: readonly string[];
  /** The number of values read. */
  readonly keysRead: number;
  /** The number of known keys, whether they have a series or not. */
  readonly keysKnown: number;
  /** For each shard that was read completely, the reason. */
  readonly rebuilt: readonly RebuildReason[];
  /** The number of counts shown higher than Redis has them. */
  readonly held: number;
  /** Why nothing can be read; undefined when something can. */
  readonly failure: string | undefined;
  readonly nodes: readonly NodeState[];
  /** Slots that no node serves, by the name of the cluster. */
  readonly unservedSlots: ReadonlyMap<string, number>;
}

/**
 * The share of a read's time that other nodes wait for a silent node, and the minimum of that wait, so that a
 * short scrape timeout does not make a distant server count as silent.
 */
const STALL = { askedAfter: 0.5, silentFor: 0.25, minMs: 500 } as const;

/**
 * Reads several Redis concurrently and merges all series that can be read into one response. If there
 * are several, each series has a label with the name of its Redis, so that no sum falls when one is unreachable.
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
   * Reads the changes since the last read and returns all series. One read at a time.
   * @param budget the time for the response; a silent node is disconnected before it is over
   * @param forms what series are rendered as; it may grow until all is read
   */
  async read(budget: ReadBudget, forms?: ReadonlySet<Form>): Promise<UnionReading> {
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
    const snapshot = this.#union.snapshot(parts, leftOut, forms);
    return {
      snapshot,
      nowMs: read.reduce((latest, { nowMs }) => Math.max(latest, nowMs), 0),
      isScanDisabled: read.some((one) => one.isScanDisabled),
      maxSeries: this.#maxSeries,
      truncated: [...leftOut].sort(compareBytes),
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
        // With one server, no other node waits for it.
        if (this.#targets.length === 1 && reader.nodeCount <= 1) continue;
        target.cutSilent(Math.max(STALL.minMs, totalMs * STALL.silentFor));
      }
    });
    try {
      const listed = await Promise.all(this.#targets.map(async ({ reader }) => reader.list()));
      // Only after all have listed their keys: the choice must not depend on speed, and a metric must be complete.
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
