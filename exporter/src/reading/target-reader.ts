import { messageOf } from '../error-text.js';
import { RedisReplyError, type RedisConnection } from '../redis/redis-connection.js';
import { servesSlot, type RedisTarget, type Topology } from '../redis/redis-target.js';
import { SwitchedConnection } from '../redis/switched-connection.js';
import { UntaggedConnection } from '../redis/untagged-connection.js';
import type { SeriesTable } from '../series/series-table.js';
import { IncrementalReader, type Reading } from './incremental-reader.js';
import { scanKeys } from './listings.js';
import type { ReadingOptions } from './reading-options.js';
import { ShardDiscovery } from './shard-discovery.js';
import { planShards, type ShardPlan } from './shard.js';

/** How reading one node went. */
export interface NodeState {
  /** What the Redis is called that it belongs to. */
  readonly redis: string;
  readonly node: string;
  /** Why its series are missing; undefined when they are not. */
  readonly trouble: string | undefined;
}

/** What one shard has to show: what was read, or what cannot be read now. */
type ShardReading =
  | { readonly kind: 'read'; readonly reading: Reading }
  | { readonly kind: 'missing'; readonly tables: readonly SeriesTable[] };

/** What one read of a Redis found. */
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

interface ShardRead {
  readonly shard: Shard;
  /** Undefined when it failed. */
  readonly reading: Reading | undefined;
  readonly error: unknown;
}

/**
 * Reads all nodes of one Redis at the same time, each shard by a reader of its own: one that fails costs no other. Who
 * serves what is asked before each read. Where a slot has moved meanwhile, that is asked again, once.
 */
export class TargetReader {
  readonly #target: RedisTarget;
  readonly #options: ReadingOptions;
  readonly #room: (() => number) | undefined;
  readonly #discovery: ShardDiscovery;
  #topology: Topology = { isCluster: false, nodes: [], unservedSlots: 0 };
  #shards = new Map<string, Shard>();
  /** Keys by node, as they were listed in this read for all shards of the node. */
  #listed = new Map<string, Promise<string[][]>>();

  /** @param room how many more series all targets together may hold; by default each shard may hold all */
  constructor(target: RedisTarget, options: ReadingOptions, room?: () => number) {
    this.#target = target;
    this.#options = options;
    this.#room = room;
    this.#discovery = new ShardDiscovery(options.prefix);
  }

  /** How many nodes there are, as far as is known. */
  get nodeCount(): number {
    return this.#topology.nodes.length;
  }

  /** How many keys are held. */
  get size(): number {
    return [...this.#shards.values()].reduce((sum, { reader }) => sum + reader.size, 0);
  }

  /** Reads what changed since the last read. One read at a time. It never rejects: shards say what failed. */
  async read(): Promise<TargetReading> {
    this.#listed = new Map();
    const first = await this.#readAll(await this.#follow());
    const reads = first.some(({ error }) => isMoved(error)) ? await this.#readAgain(first) : first;
    const { nodes, unservedSlots } = this.#topology;
    return {
      shards: reads.map(({ shard, reading }): ShardReading => {
        return reading === undefined ? { kind: 'missing', tables: shard.reader.shown } : { kind: 'read', reading };
      }),
      nodes: nodes.map(({ name }) => {
        const failed = reads.find(({ shard, reading }) => shard.plan.node?.name === name && reading === undefined);
        return { redis: this.#target.name, node: name, trouble: failed && messageOf(failed.error) };
      }),
      unservedSlots,
    };
  }

  /** A slot lies elsewhere than was told a moment ago: what failed is read from where it lies now. */
  async #readAgain(first: readonly ShardRead[]): Promise<ShardRead[]> {
    const done = new Map(first.flatMap((read) => (read.reading === undefined ? [] : [[read.shard, read] as const])));
    const shards = await this.#follow();
    const others = await this.#readAll(shards.filter((shard) => !done.has(shard)));
    const all = new Map([...done, ...others.map((read) => [read.shard, read] as const)]);
    return shards.flatMap((shard) => all.get(shard) ?? []);
  }

  async #readAll(shards: readonly Shard[]): Promise<ShardRead[]> {
    const settled = await Promise.allSettled(shards.map(async ({ reader }) => reader.read()));
    return shards.flatMap((shard, i): ShardRead[] => {
      const result = settled[i];
      if (result === undefined) return [];
      return result.status === 'fulfilled'
        ? [{ shard, reading: result.value, error: undefined }]
        : [{ shard, reading: undefined, error: result.reason }];
    });
  }

  /** Asks who serves what, and has a reader for each shard there. */
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
    const room = this.#room;
    const shard: Shard = {
      plan,
      connection,
      reader: new IncrementalReader(
        isLoose ? new UntaggedConnection(connection, route, prefix) : connection,
        this.#options,
        {
          ...(plan.tag === undefined ? {} : { tag: plan.tag }),
          ...(plan.owns === undefined ? {} : { owns: plan.owns }),
          ...(isListShared ? { listKeys: () => this.#list(shard) } : {}),
          ...(room === undefined ? {} : { room: () => room() + shard.reader.size }),
        },
        before,
      ),
    };
    return shard;
  }

  /** Lists the keys of a shard's node once in a read, for all shards of the node. */
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

function isMoved(error: unknown): boolean {
  return error instanceof RedisReplyError && error.code === 'MOVED';
}
