import { HASH_SLOTS } from '@redmeter/metric-format';
import { redisEndpointName, type RedisEndpoint } from '@redmeter/redis-connector';
import { ExporterError } from '../exporter-error.js';
import { readClusterSlots, type ClusterMaster } from './cluster-slots.js';
import { FollowedMaster } from './followed-master.js';
import { IoredisConnection } from './ioredis-connection.js';
import type { ReadyCheck } from './ready-check.js';
import { firstContact, newClient, type FirstContact } from './redis-client.js';
import { RedisReplyError } from './redis-connection.js';
import type { RedisNode, RedisTarget, Topology } from './redis-target.js';
import { NO_TRAFFIC, sumTraffic, type RedisTraffic } from './redis-traffic.js';
import type { RedisAddress } from './redis-url.js';

const ALL_SLOTS = [{ first: 0, last: HASH_SLOTS - 1 }];
/** How long a read waits for Sentinels, and for the connection to a new master or to a node that joined a cluster. */
const NEW_NODE_TIMEOUT_MS = 1_000;
/** Maximum number of nodes asked for the topology; a node that was cut off from the others may be behind. */
const MAX_WITNESSES = 5;

interface Connected {
  readonly name: string;
  readonly endpoint: RedisEndpoint | undefined;
  readonly connection: IoredisConnection;
  readonly readyCheck: ReadyCheck;
  readonly contact: Promise<FirstContact>;
  close(): void;
}

/**
 * A Redis with a connection to each of its nodes. The server itself reports whether it is a cluster. Before each read, the nodes of a
 * cluster or the Sentinels are asked for the masters, so that a failover or new nodes need no restart.
 */
export class ConnectedTarget implements RedisTarget {
  readonly name: string;
  readonly #address: RedisAddress;
  readonly #commandTimeoutMs: number;
  readonly #seeds: readonly Connected[];
  /** Undefined without Sentinels. */
  readonly #master: FollowedMaster | undefined;
  readonly #masters = new Map<string, Connected>();
  /** Undefined until it is known. */
  #isCluster: boolean | undefined;
  #topology: Topology;
  #endedTraffic: RedisTraffic = NO_TRAFFIC;

  /** @param commandTimeoutMs milliseconds after which a command without an answer has failed */
  constructor(address: RedisAddress, commandTimeoutMs: number) {
    this.name = address.name;
    this.#address = address;
    this.#commandTimeoutMs = commandTimeoutMs;
    const { sentinel, endpoints } = address;
    // Sentinels are no nodes: one connection, to the master that they name.
    this.#master = sentinel === undefined ? undefined : new FollowedMaster(address, sentinel);
    this.#seeds =
      this.#master === undefined ? endpoints.map((one) => this.#connect(one)) : [this.#connect(this.#master)];
    // Several hosts mean a cluster, of which any node may be unreachable.
    this.#isCluster = sentinel !== undefined ? false : endpoints.length > 1 ? true : undefined;
    this.#topology = {
      isCluster: false,
      nodes: this.#seeds.map(({ name, connection }) => ({ name, connection, slots: ALL_SLOTS })),
      unservedSlots: 0,
    };
  }

  get traffic(): RedisTraffic {
    return sumTraffic([this.#endedTraffic, ...this.#connected().map(({ connection }) => connection)]);
  }

  /**
   * Waits for the first connections.
   * @throws ExporterError `redis_unavailable` for wrong passwords and for servers that are not Redis
   */
  async firstContact(): Promise<FirstContact> {
    const contacts = await Promise.all(this.#seeds.map(async ({ contact }) => contact));
    return contacts.find(({ kind }) => kind === 'ready') ?? contacts[0] ?? { kind: 'away', why: 'no address' };
  }

  async topology(): Promise<Topology> {
    if (this.#isCluster === undefined) this.#readKind();
    if (this.#isCluster === true) await this.#askMasters();
    if (this.#master !== undefined) await atMost(NEW_NODE_TIMEOUT_MS, this.#followMaster(this.#master));
    return this.#topology;
  }

  cutSilent(silentMs: number): void {
    for (const { connection } of this.#connected()) {
      const quietMs = connection.quietMs();
      if (quietMs !== undefined && quietMs >= silentMs) connection.cut(`no answer for ${Math.round(quietMs)} ms`);
    }
  }

  close(): void {
    for (const one of this.#connected()) one.close();
  }

  /** A server that does not report what it is counts as a single server; it is asked again before each read. */
  #readKind(): void {
    const [seed] = this.#seeds;
    if (seed === undefined || seed.readyCheck.info === '') return;
    this.#isCluster = seed.readyCheck.info.includes('cluster_enabled:1');
  }

  async #followMaster(master: FollowedMaster): Promise<void> {
    if (!(await master.hasMoved())) return;
    for (const { connection } of this.#seeds) {
      connection.cut('the Sentinels name another master');
      await connection.untilReady(NEW_NODE_TIMEOUT_MS);
    }
  }

  async #askMasters(): Promise<void> {
    const witnesses = this.#connected().filter(({ connection }) => connection.isReady);
    const views = await Promise.all(witnesses.slice(0, MAX_WITNESSES).map(askForMasters));
    const votes = new Map<string, { readonly masters: readonly ClusterMaster[]; count: number }>();
    for (const masters of views) {
      if (masters === undefined) continue;
      const text = JSON.stringify(masters);
      const vote = votes.get(text) ?? { masters, count: 0 };
      vote.count += 1;
      votes.set(text, vote);
    }
    const [most] = [...votes.values()].sort((a, b) => b.count - a.count);
    if (most !== undefined && most.masters.length > 0) await this.#follow(most.masters);
    else if (!this.#topology.isCluster) {
      // The topology is not known yet: all configured nodes are missing.
      this.#topology = { ...this.#topology, isCluster: true, unservedSlots: HASH_SLOTS };
    }
  }

  async #follow(masters: readonly ClusterMaster[]): Promise<void> {
    const isNew: Connected[] = [];
    const nodes = masters.map(({ host, port, slots }): RedisNode => {
      const endpoint: RedisEndpoint = { kind: 'tcp', host, port };
      const name = redisEndpointName(endpoint);
      let one = this.#seeds.find((seed) => seed.name === name) ?? this.#masters.get(name);
      if (one === undefined) {
        one = this.#connect(endpoint);
        one.contact.catch(() => undefined);
        isNew.push(one);
      }
      if (!this.#seeds.includes(one)) this.#masters.set(name, one);
      return { name, connection: one.connection, slots };
    });
    for (const [name, one] of this.#masters) {
      if (nodes.some((node) => node.name === name)) continue;
      this.#masters.delete(name);
      this.#endedTraffic = sumTraffic([this.#endedTraffic, one.connection]);
      one.close();
    }
    const served = nodes.flatMap(({ slots }) => slots).reduce((sum, { first, last }) => sum + last - first + 1, 0);
    this.#topology = { isCluster: true, nodes, unservedSlots: HASH_SLOTS - served };
    await atMost(NEW_NODE_TIMEOUT_MS, Promise.allSettled(isNew.map(async ({ contact }) => contact)));
  }

  #connected(): Connected[] {
    return [...this.#masters.values(), ...this.#seeds];
  }

  #connect(server: RedisEndpoint | FollowedMaster): Connected {
    const isLocated = server instanceof FollowedMaster;
    const checked = newClient(this.#address, isLocated ? async () => server.locate() : server, this.#commandTimeoutMs);
    const { client, readyCheck } = checked;
    const name = isLocated ? this.#address.name : redisEndpointName(server);
    return {
      name,
      endpoint: isLocated ? undefined : server,
      connection: new IoredisConnection(client, readyCheck),
      readyCheck,
      contact: firstContact(checked, this.#seedName(name)),
      close: () => {
        client.disconnect();
      },
    };
  }

  #seedName(name: string): string {
    return this.#address.endpoints.length > 1 ? `${this.#address.shown}: ${name}` : this.#address.shown;
  }
}

/** The masters as one node sees them, with full addresses; undefined when it does not answer. */
async function askForMasters({ endpoint, connection }: Connected): Promise<ClusterMaster[] | undefined> {
  try {
    const masters = readClusterSlots(await connection.sendForText('CLUSTER', 'SLOTS'));
    const asked = endpoint?.kind === 'tcp' ? endpoint.host : '';
    return masters.map(({ host, ...rest }) => ({ host: host === '' ? asked : host, ...rest }));
  } catch (error) {
    // A node that is starting or unreachable: others are asked, too.
    if (error instanceof RedisReplyError || error instanceof ExporterError || error instanceof Error) return undefined;
    throw error;
  }
}

async function atMost(timeoutMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([work, timeout]);
  clearTimeout(timer);
}
