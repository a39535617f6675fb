import { hashSlot } from '@redmeter/metric-format';
import {
  directClientOptions,
  parseRedisUrl,
  redisEndpointName,
  redisUrlOptions,
  SentinelMaster,
  withoutPassword,
  withTlsHint,
  type RedisEndpoint,
  type RedisUrl,
} from '@redmeter/redis-connector';
import { Redis } from 'ioredis';
import { ExperimentError, messageOf } from '../../experiment-error.js';
import { ObservedNode } from './observed-node.js';

/** Milliseconds for a connection, and for the answer to each command. */
const TIMEOUT_MS = 5000;

/** The servers of one Redis. */
export interface Target {
  /** The URL without user and password. */
  readonly shown: string;
  /** The user in the URL; `default` without one. */
  readonly user: string;
  readonly isCluster: boolean;
  /** The server, or the masters of a cluster that can be reached. */
  readonly nodes: readonly ObservedNode[];
  /** Masters of a cluster that cannot be reached. */
  readonly unreachable: readonly { readonly name: string; readonly why: string }[];
  /** Slots that no master serves; 0 without a cluster. */
  readonly unservedSlots: number;
  /** The node that holds a key; undefined when it cannot be reached. */
  nodeOf(key: string): ObservedNode | undefined;
  close(): void;
}

interface Slots {
  readonly endpoint: RedisEndpoint;
  readonly first: number;
  readonly last: number;
}

const HASH_SLOTS = 16_384;

/** Logins for Sentinels, which have users of their own. */
export interface SentinelLogin {
  readonly user?: string | undefined;
  readonly password?: string | undefined;
}

/**
 * Connects to a server, to the master that Sentinels name, or to all masters of a cluster that one of the endpoints belongs to.
 * @throws ExperimentError `invalid_usage` for a text that is no URL of Redis, `store_unavailable` when no server answers; no message
 * shows a password
 */
export async function connect(text: string, sentinel: SentinelLogin = {}): Promise<Target> {
  const url = parseRedisUrl(text);
  if (url === undefined) {
    throw new ExperimentError(
      'invalid_usage',
      `expected redis://[user:password@]host[:port][,host[:port]…][/database], rediss:// for TLS, ` +
        `redis-sentinel://host[:port],…/master or unix:///path/to/socket, got ${withoutPassword(text)}`,
    );
  }
  const clients: Redis[] = [];
  try {
    return await connectTo(url, sentinel, clients);
  } catch (error) {
    for (const client of clients) client.disconnect();
    throw error;
  }
}

async function connectTo(url: RedisUrl, sentinel: SentinelLogin, clients: Redis[]): Promise<Target> {
  const open = (endpoint: RedisEndpoint): Promise<ObservedNode> => openNode(url, endpoint, clients);
  const first = await firstOf(url, sentinel, open);
  const slots = await clusterSlots(first);
  const common = {
    shown: url.shown,
    user: url.username === '' ? 'default' : url.username,
    close: () => {
      for (const client of clients) client.disconnect();
    },
  };
  if (slots === undefined) {
    return { ...common, isCluster: false, nodes: [first], unreachable: [], unservedSlots: 0, nodeOf: () => first };
  }
  const nodes = new Map<string, ObservedNode>();
  const unreachable = new Map<string, string>();
  for (const { endpoint } of slots) {
    const name = redisEndpointName(endpoint);
    if (nodes.has(name) || unreachable.has(name)) continue;
    try {
      nodes.set(name, name === first.name ? first : await open(endpoint));
    } catch (error) {
      unreachable.set(name, messageOf(error));
    }
  }
  const served = slots.reduce((sum, range) => sum + range.last - range.first + 1, 0);
  return {
    ...common,
    isCluster: true,
    nodes: [...nodes.values()],
    unreachable: [...unreachable].map(([name, why]) => ({ name, why })),
    unservedSlots: HASH_SLOTS - served,
    nodeOf: (key) => {
      const slot = hashSlot(key);
      const range = slots.find((one) => one.first <= slot && slot <= one.last);
      return range === undefined ? undefined : nodes.get(redisEndpointName(range.endpoint));
    },
  };
}

/** The first of the endpoints that answers, or the master that Sentinels name. */
async function firstOf(
  url: RedisUrl,
  sentinel: SentinelLogin,
  open: (endpoint: RedisEndpoint) => Promise<ObservedNode>,
): Promise<ObservedNode> {
  const failures: string[] = [];
  const attempts =
    url.master === undefined
      ? url.endpoints.map((endpoint) => () => open(endpoint))
      : [async () => open(await locate(url, url.master ?? '', sentinel))];
  for (const attempt of attempts) {
    try {
      return await attempt();
    } catch (error) {
      failures.push(messageOf(error));
    }
  }
  throw new ExperimentError(
    'store_unavailable',
    `expected to connect to ${url.shown}, got ${withTlsHint([...new Set(failures)].join('; '), url.isTls)}`,
  );
}

async function locate(url: RedisUrl, master: string, { user, password }: SentinelLogin): Promise<RedisEndpoint> {
  const login = {
    ...(user === undefined ? {} : { username: user }),
    ...(password === undefined ? {} : { password }),
    ...(url.isTls ? { tls: {} } : {}),
  };
  const sentinels = url.endpoints.flatMap((one) =>
    one.kind === 'tcp' ? [{ host: one.host, port: one.port, ...login }] : [],
  );
  return { kind: 'tcp', ...(await new SentinelMaster(sentinels, master).locate()) };
}

async function openNode(url: RedisUrl, endpoint: RedisEndpoint, clients: Redis[]): Promise<ObservedNode> {
  const name = redisEndpointName(endpoint);
  const client = new Redis({
    ...directClientOptions(redisUrlOptions(url, endpoint), TIMEOUT_MS, { keepsProcessRunning: true }),
    commandTimeout: TIMEOUT_MS,
  });
  clients.push(client);
  let lastError: unknown;
  // Without a listener ioredis prints each failure.
  client.on('error', (error) => (lastError = error));
  const node = new ObservedNode(name, (command, args) => client.callBuffer(command, ...args));
  try {
    await client.connect();
    const reply = await node.ask('TIME');
    if (reply.kind === 'error' && /^(NOAUTH|WRONGPASS)/.test(reply.message)) throw new Error(reply.message);
    return node;
  } catch (error) {
    throw new Error(`${name}: ${messageOf(lastError ?? error)}`, { cause: error });
  }
}

/** Which masters serve which slots; undefined where Redis is no cluster, or may not be asked. */
async function clusterSlots(node: ObservedNode): Promise<Slots[] | undefined> {
  const info = await node.askText('INFO', 'cluster');
  if (info?.includes('cluster_enabled:0') === true) return undefined;
  const reply = await node.ask('CLUSTER SLOTS');
  if (reply.kind === 'error') {
    // A server that is no cluster has no rights to it that anybody would miss.
    if (info === undefined) node.refusedCommands.delete('cluster|slots');
    return undefined;
  }
  if (!Array.isArray(reply.value)) return undefined;
  return (reply.value as unknown[]).flatMap((range): Slots[] => {
    const [first, last, master] = range as [unknown, unknown, [unknown, unknown] | undefined];
    if (master === undefined) return [];
    const [host, port] = master;
    const named = Buffer.isBuffer(host) ? host.toString() : '';
    const own = node.name.slice(0, node.name.lastIndexOf(':'));
    return [
      {
        endpoint: { kind: 'tcp', host: named === '' || named === '?' ? own : named, port: Number(port) },
        first: Number(first),
        last: Number(last),
      },
    ];
  });
}
