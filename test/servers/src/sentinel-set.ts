import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { tlsArgs, type Certificates } from './certificates.js';
import { holdPorts } from './free-port.js';
import { startRedisServer, type RedisServer } from './redis-server.js';
import { startServerProcess, type ServerProcess } from './server-process.js';
import { newTestClient, waitForPong, waitUntil } from './test-client.js';
import { newFolder } from './new-folder.js';
import { waitFor } from './wait-for.js';

const SENTINELS = 3;
const QUORUM = 2;
const FAILOVER_TIMEOUT_MS = 10_000;
/** Longer than a failover may take until the Sentinel gives it up. */
const FAILOVER_MS = FAILOVER_TIMEOUT_MS + 2000;
/** Milliseconds from look to look where many failovers are ordered; by default, Sentinels meet in two seconds, and a failover takes ten. */
const PERIODS = ['INFO-PERIOD', '500', 'PUBLISH-PERIOD', '250', 'ASK-PERIOD', '250'];

/** A master with replicas under three Sentinels, on loopback. */
export interface SentinelSet {
  /** By what name the Sentinels know the master: `mymaster`. */
  readonly name: string;
  /** Where the Sentinels are. */
  readonly sentinels: readonly { readonly host: string; readonly port: number }[];
  /** `127.0.0.1:<port>` of the Sentinels by TLS; none without certificates. */
  readonly tlsHosts: readonly string[];
  /** All data servers, the first master among them. */
  readonly servers: readonly RedisServer[];
  /** The current master, according to the Sentinels. */
  master(): Promise<RedisServer>;
  /** Lets the Sentinels promote a replica while the master is well; returns the new master. */
  failOver(): Promise<RedisServer>;
  /** Kills the master and waits until the Sentinels have promoted a replica; returns the new master. */
  killMaster(): Promise<RedisServer>;
  /** Starts a killed server again; the Sentinels make it a replica. */
  restart(server: RedisServer): Promise<void>;
  /** Ends a Sentinel, counted from 0, as a crash does. */
  killSentinel(index: number): Promise<void>;
  /** Ends all and removes their directories. */
  stop(): Promise<void>;
}

export interface SentinelSetOptions {
  /** Default 2. */
  readonly replicas?: number;
  /** Milliseconds without an answer after which a Sentinel takes the master for dead; default 1,500. */
  readonly downAfterMs?: number;
  /** With these all speak TLS, too, on ports of their own, and that among one another: the Sentinels name those ports. */
  readonly certificates?: Certificates;
  /** More of redis-server's own arguments, for the data servers. */
  readonly args?: readonly string[];
  /** Gives the port by which all others find the data server at a port: of a proxy before it. */
  readonly announce?: (port: number) => Promise<number>;
}

/**
 * Starts a master, its replicas and three Sentinels on free ports of loopback.
 * @throws Error when one does not start, or they do not find one another in 30 s
 */
export async function startSentinelSet(options: SentinelSetOptions = {}): Promise<SentinelSet> {
  const name = 'mymaster';
  const replicas = options.replicas ?? 2;
  const { certificates } = options;
  const { places: all, release } = await holdPlaces(SENTINELS + 1 + replicas);
  const [places, serverPlaces] = [all.slice(0, SENTINELS), all.slice(SENTINELS)];
  const ownPorts = serverPlaces.map(({ port, tlsPort }) => (certificates === undefined ? port : tlsPort));
  const { announce = (port: number) => Promise.resolve(port) } = options;
  // Before the ports are released, so that no proxy takes one of them.
  const knownPorts = await Promise.all(ownPorts.map(announce));
  await release();
  const folder = newFolder();
  const servers: RedisServer[] = [];
  const watchers: { readonly process: ServerProcess; readonly port: number; readonly client: Redis }[] = [];
  /** The ports by which the servers are known to one another and to the Sentinels. */
  const announced = new Map<RedisServer, number>();
  const clients = new Map<RedisServer, Redis>();
  const dead = new Set<RedisServer>();
  const clientOf = (server: RedisServer): Redis => {
    const client = clients.get(server) ?? newTestClient(server.port);
    clients.set(server, client);
    return client;
  };
  const stop = async (): Promise<void> => {
    for (const client of [...clients.values(), ...watchers.map(({ client }) => client)]) client.disconnect();
    await Promise.all([...watchers.map(({ process }) => process.kill()), ...servers.map((server) => server.stop())]);
    rmSync(folder, { recursive: true, force: true });
  };
  const tlsAt = (port: number): readonly string[] =>
    certificates === undefined ? [] : [...tlsArgs(port, certificates), '--tls-replication', 'yes'];
  const args = ['--repl-diskless-sync-delay', '0', '--repl-ping-replica-period', '1', ...(options.args ?? [])];
  const [firstPort = 0] = knownPorts;

  try {
    for (const [i, { port, tlsPort }] of serverPlaces.entries()) {
      const knownPort = knownPorts[i] ?? port;
      const role = servers.length === 0 ? [] : ['--replicaof', `127.0.0.1 ${firstPort}`];
      const announcing = options.announce === undefined ? [] : ['--replica-announce-port', String(knownPort)];
      const server = await startRedisServer({ port, args: [...args, ...tlsAt(tlsPort), ...announcing, ...role] });
      servers.push(server);
      announced.set(server, knownPort);
    }
    for (const replica of servers.slice(1)) {
      // A Sentinel hears of replicas from their master, at first at once and then every ten seconds.
      await waitUntil('a replica that follows', async () =>
        (await clientOf(replica).info('replication')).includes('master_link_status:up'),
      );
    }
    for (const { port, tlsPort } of places) {
      // Sentinels write what they learn into their configuration files.
      const file = join(folder, `sentinel-${port}.conf`);
      writeFileSync(file, sentinelConfiguration(name, port, firstPort, options.downAfterMs ?? 1500, folder));
      const process = await startServerProcess({ args: [file, '--sentinel', ...tlsAt(tlsPort)], folder });
      const client = newTestClient(port);
      watchers.push({ process, port, client });
      await waitForPong(process, port, 30_000);
      await client.connect();
      if (options.announce !== undefined) await client.call('SENTINEL', 'DEBUG', ...PERIODS);
    }
  } catch (error) {
    await stop();
    throw error;
  }

  const livingSentinels = (): Redis[] =>
    watchers.filter(({ process }) => process.failure === undefined).map(({ client }) => client);
  /** Whether all Sentinels agree who is master and see one another, and all other servers follow it. */
  const isSettled = async (): Promise<boolean> => {
    const sentinels = livingSentinels();
    const alive = servers.filter((server) => !dead.has(server));
    const masters = new Set<string>();
    for (const client of sentinels) {
      const fields = toRecord(await client.call('SENTINEL', 'MASTER', name));
      masters.add(fields['port'] ?? '');
      if (fields['flags'] !== 'master' || Number(fields['num-other-sentinels']) < sentinels.length - 1) return false;
      if (Number(fields['num-slaves']) < alive.length - 1) return false;
    }
    // Sentinels ask only every ten seconds: the servers know sooner.
    const [masterPort] = masters;
    for (const server of alive.filter((one) => String(announced.get(one)) !== masterPort)) {
      const replication = await clientOf(server).info('replication');
      if (!replication.includes(`master_port:${masterPort ?? ''}\r\n`)) return false;
      if (!replication.includes('master_link_status:up')) return false;
    }
    return masters.size === 1;
  };
  const settled = (): Promise<void> => waitUntil('Sentinels that agree', isSettled);
  const master = async (): Promise<RedisServer> => {
    const [client] = livingSentinels();
    const [, port] = (await client?.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name)) as string[];
    const found = servers.find((server) => String(announced.get(server)) === port);
    if (found === undefined) throw new Error(`expected the port of a data server, got ${port ?? 'none'}`);
    return found;
  };
  const changesHands = async (before: RedisServer): Promise<RedisServer> => {
    await waitUntil('another master', async () => (await master()) !== before);
    await settled();
    return master();
  };

  try {
    await settled();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    name,
    sentinels: places.map(({ port }) => ({ host: '127.0.0.1', port })),
    tlsHosts: certificates === undefined ? [] : places.map(({ tlsPort }) => `127.0.0.1:${tlsPort}`),
    servers,
    master,
    stop,
    async failOver() {
      const before = await master();
      // It refuses while the last failover is not over, and may give one up, as when no word of the replica came lately.
      await waitUntil('another master', async () => {
        if ((await master()) !== before) return true;
        const [client] = livingSentinels();
        await client?.call('SENTINEL', 'FAILOVER', name);
        return waitFor(async () => (await master()) !== before, 'the failover', FAILOVER_MS);
      });
      return changesHands(before);
    },
    async killMaster() {
      const before = await master();
      dead.add(before);
      await before.crash();
      return changesHands(before);
    },
    async restart(server) {
      await server.restart();
      dead.delete(server);
      await settled();
    },
    async killSentinel(index) {
      await watchers[index]?.process.kill();
    },
  };
}

/** Where a server listens, the second port for TLS. */
interface Place {
  readonly port: number;
  readonly tlsPort: number;
}

async function holdPlaces(
  count: number,
): Promise<{ readonly places: readonly Place[]; readonly release: () => Promise<void> }> {
  const names = Array.from({ length: count }, (_, i) => String(i));
  const { ports, release } = await holdPorts(...names.flatMap((name) => [name, `tls ${name}`]));
  return { places: names.map((name) => ({ port: ports[name] ?? 0, tlsPort: ports[`tls ${name}`] ?? 0 })), release };
}

function sentinelConfiguration(name: string, port: number, master: number, downAfterMs: number, dir: string): string {
  return [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${dir}`,
    `sentinel monitor ${name} 127.0.0.1 ${master} ${QUORUM}`,
    `sentinel down-after-milliseconds ${name} ${downAfterMs}`,
    `sentinel failover-timeout ${name} ${FAILOVER_TIMEOUT_MS}`,
    `sentinel parallel-syncs ${name} 2`,
    '',
  ].join('\n');
}

/** A flat list of fields and values. */
function toRecord(reply: unknown): Record<string, string> {
  const list = reply as string[];
  return Object.fromEntries(list.flatMap((field, i) => (i % 2 === 0 ? [[field, list[i + 1] ?? ''] as const] : [])));
}
