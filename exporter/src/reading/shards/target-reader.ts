import { messageOf } from '../../error-text.js';
import { RedisReplyError, type RedisConnection } from '../../redis/redis-connection.js';
import { servesSlot, type RedisTarget, type Topology } from '../../redis/redis-target.js';
import { SwitchedConnection } from '../../redis/switched-connection.js';
import { UntaggedConnection } from '../../redis/untagged-connection.js';
import type { SeriesTable } from '../../series/series-table.js';
import { IncrementalReader, type Listed, type Reading } from './incremental-reader.js';
import { scanKeys } from '../keys/listing-commands.js';
import type { ReadingOptions } from '../reading-options.js';
import { ShardDiscovery } from './shard-discovery.js';
import { planShards, type ShardPlan } from './shard-plan.js';

/** The outcome of reading one node. */
export interface NodeState {
  /** The name of its Redis. */
  readonly redis: string;
  readonly node: string;
  /** Why its series are missing; undefined when they are not. */
  readonly failure: string | undefined;
}

/** The content of one shard, or why it cannot be read now. */
type ShardReading =
  | { readonly kind: 'read'; readonly reading: Reading }
  | { readonly kind: 'missing'; readonly tables: readonly SeriesTable[] };

/** The result of one read of a Redis. */
export interface TargetReading {
  /** In an order that depends on slots alone. */
  readonly shards: readonly ShardReading[];
  readonly nodes: readonly NodeState[];
  /** Slots of a cluster that no node serves. */
  readonly unservedSlots: number;
}

interface Shard {
  readonly connection: SwitchedConnection;
  readonly reader: IncrementalReader;
  plan: ShardPlan;
}

/** The outcome of work with a shard. */
interface Outcome<T> {
  readonly shard: Shard;
  /** Undefined when it failed. */
  readonly result: T | undefined;
  readonly error: unknown;
}

/** A read in progress: see Listed. */
export interface ListedTarget {
  /** The shards that could be listed. */
  readonly shards: readonly Listed[];
  /** Reads changes, except of some metrics. It never rejects: failures are part of the result. */
  readonly read: (leftOut: ReadonlySet<string>) => Promise<TargetReading>;
}

/**
 * Reads all nodes of one Redis concurrently, each shard with its own reader, so that a failure affects only its shard. The
 * topology is queried before each read, and once more if a slot has moved meanwhile.
 */
export class TargetReader {
  readonly #target: RedisTarget;
  readonly #options: ReadingOptions;
  readonly #discovery: ShardDiscovery;
  #topology: Topology = { isCluster: false, nodes: [], unservedSlots: 0 };
  #shards = new Map<string, Shard>();
  /** Keys by node, listed once in this read for all shards of the node. */
  #listed = new Map<string, Promise<string[][]>>();

  constructor(target: RedisTarget, options: ReadingOptions) {
    this.#target = target;
    this.#options = options;
    this.#discovery = new ShardDiscovery(options.prefix);
  }

  /** The number of known nodes. */
  get nodeCount(): number {
    return this.#topology.nodes.length;
  }

  /** Lists the keys, and those that changed since the last read. One read at a time. It never rejects. */
  async list(): Promise<ListedTarget> {
    this.#listed = new Map();
    await this.#follow();
    const all = await this.#withEach(async ({ reader }) => reader.list());
    return {
      shards: all.flatMap(({ result }) => result ?? []),
      read: async (leftOut) => this.#read(new Map(all.map((one) => [one.shard, one])), leftOut),
    };
  }

  async #read(listed: Map<Shard, Outcome<Listed>>, leftOut: ReadonlySet<string>): Promise<TargetReading> {
    const reads = await this.#withEach(async (shard) => {
      const before = listed.get(shard);
      // After a move, everything is done again.
      listed.delete(shard);
      if (before !== undefined && before.result === undefined) throw before.error;
      return (before?.result ?? (await shard.reader.list())).read(leftOut);
    });
    const { nodes, unservedSlots } = this.#topology;
    return {
      shards: reads.map(({ shard, result }): ShardReading => {
        return result === undefined
          ? { kind: 'missing', tables: shard.reader.shown }
          : { kind: 'read', reading: result };
      }),
      nodes: nodes.map(({ name }) => {
        const failed = reads.find(({ shard, result }) => shard.plan.node?.name === name && result === undefined);
        return { redis: this.#target.name, node: name, failure: failed && messageOf(failed.error) };
      }),
      unservedSlots,
    };
  }

  /**
   * Works with all shards concurrently. If a slot has moved since the topology was read, the failed
   * work is repeated once on the node that has the slot now.
   */
  async #withEach<T>(work: (shard: Shard) => Promise<T>): Promise<Outcome<T>[]> {
    const first = await settle([...this.#shards.values()], work);
    if (!first.some(({ error }) => isMoved(error))) return first;
    const done = new Map(first.flatMap((one) => (one.result === undefined ? [] : [[one.shard, one] as const])));
    const shards = await this.#follow();
    const others = await settle(
      shards.filter((shard) => !done.has(shard)),
      work,
    );
    const all = new Map([...done, ...others.map((one) => [one.shard, one] as const)]);
    return shards.flatMap((shard) => all.get(shard) ?? []);
  }

  /** Queries the topology, and keeps a reader for each shard. */
  async #follow(): Promise<Shard[]> {
    this.#topology = await this.#target.topology();
    const { nodes, isCluster } = this.#topology;
    const tags = await this.#discovery.tags(this.#topology);
    const plans = planShards(nodes, { isCluster, tags, prefix: this.#options.prefix });
    const before = this.#shards;
    const gone = [...before].filter(([id]) => !plans.some((plan) => plan.id === id));
    const shown = gone.flatMap(([, { reader }]) => reader.shown);
    this.#shards = new Map(
      plans.map((plan) => {
        const shard = before.get(plan.id) ?? this.#newShard(plan, plans.length > nodes.length, shown);
        shard.plan = plan;
        shard.connection.switchTo(plan.node?.connection);
        return [plan.id, shard];
      }),
    );
    return [...this.#shards.values()];
  }

  #newShard(plan: ShardPlan, isListShared: boolean, before: readonly SeriesTable[]): Shard {
    const connection = new SwitchedConnection();
    const { prefix } = this.#options;
    const route = (slot: number): RedisConnection | undefined =>
      this.#topology.nodes.find((node) => servesSlot(node, slot))?.connection;
    const isLoose = this.#topology.isCluster && plan.tag === undefined;
    const shard: Shard = {
      plan,
      connection,
      reader: new IncrementalReader(
        isLoose ? new UntaggedConnection(connection, route, prefix) : connection,
        this.#options,
        {
          ...(plan.tag === undefined ? {} : { tag: plan.tag, hasUntaggedRecords: !this.#topology.isCluster }),
          ...(plan.owns === undefined ? {} : { owns: plan.owns }),
          ...(isListShared ? { listKeys: () => this.#list(shard) } : {}),
        },
        before,
      ),
    };
    return shard;
  }

  /** Lists the keys of a node once in a read, for all its shards. */
  async *#list({ plan: { node }, connection }: Shard): AsyncGenerator<string[]> {
    const name = node?.name ?? '';
    const listed = this.#listed.get(name) ?? all(scanKeys(connection, this.#options.prefix));
    this.#listed.set(name, listed);
    yield* await listed;
  }
}

async function all(pages: AsyncIterable<string[]>): Promise<string[][]> {
  const list: string[][] = [];
  for await (const page of pages) list.push(page);
  return list;
}

async function settle<T>(shards: readonly Shard[], work: (shard: Shard) => Promise<T>): Promise<Outcome<T>[]> {
  const settled = await Promise.allSettled(shards.map(work));
  return shards.flatMap((shard, i): Outcome<T>[] => {
    const one = settled[i];
    if (one === undefined) return [];
    return one.status === 'fulfilled'
      ? [{ shard, result: one.value, error: undefined }]
      : [{ shard, result: undefined, error: one.reason }];
  });
}

function isMoved(error: unknown): boolean {
  return error instanceof RedisReplyError && error.code === 'MOVED';
}
