import type { Redis } from 'ioredis';
import { tlsArgs, type Certificates } from './certificates.js';
import { holdPorts } from './free-port.js';
import { startRedisServer, type RedisServer } from './redis-server.js';
import { waitUntil } from './test-client.js';
import { waitFor } from './wait-for.js';

const SLOTS = 16_384;
const MASTERS = 3;
const REPLICAS = 3;
const KEYS_AT_ONCE = 100;
/** Longer than a failover by agreement may take until Redis gives it up. */
const FAILOVER_MS = 6000;
/** Redis 7.0 tells clients the ports for TLS only where the nodes use them, too. */
const TLS_AMONG_NODES = ['--tls-cluster', 'yes', '--tls-replication', 'yes'];

/** One node of a cluster; after `kill` its server is gone until `restart`. */
export interface ClusterNode {
  /** The name by which the cluster knows the node. */
  readonly id: string;
  readonly port: number;
  /** `redis://127.0.0.1:<port>` */
  readonly url: string;
  /** A client of this node alone; it reconnects when the node was killed and restarted. */
  readonly client: Redis;
}

/** A Redis Cluster on loopback: three masters, the slots in equal ranges, each with one replica. */
export interface RedisCluster {
  readonly nodes: readonly ClusterNode[];
  /** The URLs of all nodes. */
  readonly urls: readonly string[];
  /** `rediss://127.0.0.1:<port>` of all nodes; none without certificates. */
  readonly tlsUrls: readonly string[];
  /** The master that serves a slot now, according to most masters. */
  masterOf(slot: number): Promise<ClusterNode>;
  /** The replicas of a node now. */
  replicasOf(node: ClusterNode): Promise<readonly ClusterNode[]>;
  /**
   * Moves a slot with its keys, as redis-cli's resharding does; returns how many keys it moved. With `isToEnd` false the keys
   * are moved, and the slot stays on its way.
   */
  migrateSlot(slot: number, to: ClusterNode, options?: { readonly isToEnd?: boolean }): Promise<number>;
  /** Lets a replica of the slot's master take over in agreement with it, so that nothing is lost; returns the new master. */
  failOver(slot: number): Promise<ClusterNode>;
  /** Ends a node as a crash does. */
  kill(node: ClusterNode): Promise<void>;
  /** Starts a killed node again; it comes back with the configuration it had, and without data unless it kept any. */
  restart(node: ClusterNode): Promise<void>;
  /** Kills the slot's master and waits until a replica has taken over; returns the new master. */
  killMasterOf(slot: number): Promise<ClusterNode>;
  /** Waits until every living node finds all slots served, and its own master there. */
  settled(): Promise<void>;
  /** Ends all nodes and removes their directories. */
  stop(): Promise<void>;
}

export interface RedisClusterOptions {
  /** Milliseconds after which a node that does not answer is failing; default 1,500. */
  readonly nodeTimeoutMs?: number;
  /** With these the nodes speak TLS, too, on ports of their own. */
  readonly certificates?: Certificates;
  /** More of redis-server's own arguments, for every node. */
  readonly args?: readonly string[];
  /** Gives the port by which clients and replicas find the node at a port: of a proxy before it. */
  readonly announce?: (port: number) => Promise<number>;
}

interface Node extends ClusterNode {
  readonly busPort: number;
  readonly tlsPort: number;
  server: RedisServer;
  isAlive: boolean;
}

/**
 * Starts six nodes on free ports of loopback and makes a cluster of them.
 * @throws Error when a node does not start, or the cluster does not come together in 30 s
 */
export async function startRedisCluster(options: RedisClusterOptions = {}): Promise<RedisCluster> {
  const names = Array.from({ length: MASTERS + REPLICAS }, (_, i) => String(i));
  const { ports, release } = await holdPorts(
    ...names.flatMap((name) => [`node ${name}`, `bus ${name}`, `tls ${name}`]),
  );
  const { announce = (port: number) => Promise.resolve(port) } = options;
  // Before the ports are released, so that no proxy takes one of them.
  const announced = await Promise.all(names.map((name) => announce(ports[`node ${name}`] ?? 0)));
  await release();
  const argsOf = (busPort: number, tlsPort: number, announcedPort: number): string[] => [
    ...['--cluster-enabled', 'yes', '--cluster-port', String(busPort)],
    ...(options.announce === undefined ? [] : ['--cluster-announce-port', String(announcedPort)]),
    ...['--cluster-node-timeout', String(options.nodeTimeoutMs ?? 1500)],
    // A replica that was away for long may still take over: tests kill masters one after another.
    ...['--cluster-replica-validity-factor', '0', '--repl-diskless-sync-delay', '0', '--repl-ping-replica-period', '1'],
    ...(options.certificates === undefined ? [] : [...tlsArgs(tlsPort, options.certificates), ...TLS_AMONG_NODES]),
    ...(options.args ?? []),
  ];
  const started = await Promise.allSettled(
    names.map(async (name, i): Promise<Node> => {
      const [port = 0, busPort = 0, tlsPort = 0] = ['node', 'bus', 'tls'].map((kind) => ports[`${kind} ${name}`]);
      const server = await startRedisServer({ port, args: argsOf(busPort, tlsPort, announced[i] ?? port) });
      const client = await server.connect();
      const id = String(await client.call('CLUSTER', 'MYID'));
      return { id, port, busPort, tlsPort, url: server.url, client, server, isAlive: true };
    }),
  );
  const nodes = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map(({ server }) => server.stop()));
  };
  try {
    for (const result of started) if (result.status === 'rejected') throw result.reason;
    await form(nodes);
  } catch (error) {
    await stop();
    throw error;
  }

  const settled = (): Promise<void> => waitUntil('a settled cluster', () => isSettled(living(nodes)));
  const masterOf = async (slot: number): Promise<Node> => {
    const votes = new Map<Node, number>();
    for (const node of living(nodes)) {
      const master = (await readView(node)).find(({ slots }) => slots.some(([from, to]) => from <= slot && slot <= to));
      const found = nodes.find(({ id }) => id === master?.id);
      if (found !== undefined) votes.set(found, (votes.get(found) ?? 0) + 1);
    }
    const [first] = [...votes].sort(([, a], [, b]) => b - a);
    if (first === undefined) throw new Error(`no node serves slot ${slot}`);
    return first[0];
  };
  const replicasOf = async (node: ClusterNode): Promise<readonly Node[]> => {
    const [witness] = living(nodes);
    if (witness === undefined) return [];
    const view = await readView(witness);
    return living(nodes).filter(({ id }) => view.some((entry) => entry.id === id && entry.masterId === node.id));
  };
  const changesHands = async (slot: number, before: Node): Promise<Node> => {
    let after = before;
    await waitUntil(`another master of slot ${slot}`, async () => {
      after = await masterOf(slot);
      return after !== before;
    });
    await settled();
    return after;
  };
  const find = ({ id }: ClusterNode): Node => {
    const found = nodes.find((node) => node.id === id);
    if (found === undefined) throw new Error(`expected a node of this cluster, got ${id}`);
    return found;
  };
  const kill = async (node: ClusterNode): Promise<void> => {
    const found = find(node);
    found.isAlive = false;
    await found.server.crash();
  };
  return {
    nodes,
    urls: nodes.map(({ url }) => url),
    tlsUrls: options.certificates === undefined ? [] : nodes.map(({ tlsPort }) => `rediss://127.0.0.1:${tlsPort}`),
    masterOf,
    replicasOf,
    settled,
    stop,
    kill,
    async migrateSlot(slot, to, { isToEnd = true } = {}) {
      // Who takes a slot without knowing of a newer configuration than its own loses it to word of that, still under way;
      // then each of two nodes reports that the other has it (measured).
      await settled();
      const from = await masterOf(slot);
      if (from.id === to.id) return 0;
      const port = options.certificates === undefined ? to.port : find(to).tlsPort;
      await to.client.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id);
      await from.client.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to.id);
      let moved = 0;
      for (;;) {
        const keys = (await from.client.call('CLUSTER', 'GETKEYSINSLOT', slot, KEYS_AT_ONCE)) as string[];
        if (keys.length === 0) break;
        await from.client.call('MIGRATE', '127.0.0.1', port, '', 0, 10_000, 'KEYS', ...keys);
        moved += keys.length;
      }
      if (!isToEnd) return moved;
      // The new owner first: otherwise the slot would have no owner for a moment.
      for (const node of [find(to), from, ...living(nodes).filter((other) => other !== from && other.id !== to.id)]) {
        // A replica learns it from its master and refuses the command.
        await node.client.call('CLUSTER', 'SETSLOT', slot, 'NODE', to.id).catch((error: unknown) => {
          if (!String(error).includes('only with masters')) throw error;
        });
      }
      await settled();
      return moved;
    },
    async failOver(slot) {
      const before = await masterOf(slot);
      const [replica] = await replicasOf(before);
      if (replica === undefined) throw new Error(`the master of slot ${slot} has no replica`);
      // It gives up after five seconds: the masters do not vote twice for the same one's replica within two node timeouts.
      await waitUntil(`another master of slot ${slot}`, async () => {
        if ((await masterOf(slot)) !== before) return true;
        await replica.client.call('CLUSTER', 'FAILOVER');
        return waitFor(async () => (await masterOf(slot)) !== before, 'the failover', FAILOVER_MS);
      });
      return changesHands(slot, before);
    },
    async killMasterOf(slot) {
      const before = await masterOf(slot);
      await kill(before);
      return changesHands(slot, before);
    },
    async restart(node) {
      const found = find(node);
      await found.server.restart();
      found.isAlive = true;
      await settled();
    },
  };
}

function living(nodes: readonly Node[]): Node[] {
  return nodes.filter(({ isAlive }) => isAlive);
}

/** Without redis-cli's waits: the slots are given out, and the replicas theirs, as soon as all know one another. */
async function form(nodes: readonly Node[]): Promise<void> {
  const masters = nodes.slice(0, MASTERS);
  for (const [i, { client }] of masters.entries()) {
    const [first, next] = [i, i + 1].map((at) => Math.ceil((at * SLOTS) / MASTERS));
    await client.call('CLUSTER', 'SET-CONFIG-EPOCH', i + 1);
    await client.call('CLUSTER', 'ADDSLOTSRANGE', first ?? 0, (next ?? SLOTS) - 1);
  }
  const [one, ...others] = nodes;
  for (const { port, busPort } of others) await one?.client.call('CLUSTER', 'MEET', '127.0.0.1', port, busPort);
  for (const [i, { client }] of nodes.slice(MASTERS).entries()) {
    const masterId = masters[i]?.id ?? '';
    await waitUntil('replicas that know their masters', async () => {
      await client.call('CLUSTER', 'REPLICATE', masterId);
      return true;
    });
  }
  await waitUntil('a cluster of six nodes', () => isSettled(nodes));
}

/** Whether the cluster is healthy, and all nodes agree about all others. */
async function isSettled(nodes: readonly Node[]): Promise<boolean> {
  const views = await Promise.all(nodes.map(readView));
  const own = new Map(nodes.map((node, i) => [node.id, views[i]?.find(({ id }) => id === node.id)]));
  for (const [i, node] of nodes.entries()) {
    const info = String(await node.client.call('CLUSTER', 'INFO'));
    if (!info.includes('cluster_state:ok') || !info.includes(`cluster_slots_ok:${SLOTS}`)) return false;
    for (const other of nodes) {
      const entry = views[i]?.find(({ id }) => id === other.id);
      if (entry === undefined || entry.isUnsure) return false;
      const said = own.get(other.id);
      if (entry.epoch !== said?.epoch || JSON.stringify(entry.slots) !== JSON.stringify(said.slots)) return false;
    }
    const replication = await node.client.info('replication');
    if (replication.includes('role:slave') && !replication.includes('master_link_status:up')) return false;
  }
  return nodes.length > 0;
}

interface SeenNode {
  readonly id: string;
  /** '-' for a master. */
  readonly masterId: string;
  /** Whether this one still shakes hands with it, or finds it failing. */
  readonly isUnsure: boolean;
  /** The version of its configuration; of two that claim a slot, the greater wins. */
  readonly epoch: number;
  readonly slots: readonly (readonly [from: number, to: number])[];
}

/** What one node thinks of the cluster. */
async function readView(node: Node): Promise<SeenNode[]> {
  const text = String(await node.client.call('CLUSTER', 'NODES'));
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [id = '', , flags = '', masterId = '-', , , epoch, , ...ranges] = line.split(' ');
      return {
        id,
        masterId,
        isUnsure: /handshake|fail|noaddr/.test(flags),
        epoch: Number(epoch),
        slots: ranges
          // In brackets: a slot on its way.
          .filter((range) => !range.startsWith('['))
          .map((range) => {
            const [from = '', to = from] = range.split('-');
            return [Number(from), Number(to)] as const;
          }),
      };
    });
}
