import { hashSlot, internalKeys, type InternalKeys } from '@redmeter/metric-format';
import { ExporterError } from '../exporter-error.js';
import { RedisReplyError, type RedisConnection } from './redis-connection.js';

/** Who serves a slot now; undefined when nobody does. */
export type SlotRoute = (slot: number) => RedisConnection | undefined;

type Argument = string | Buffer | number;

/**
 * A node of a cluster as a reader of its keys without a hash tag needs it. Such keys lie in many slots, so each is asked
 * for by itself. No index can be kept of them, as no script could write to it; but a set may announce them, and records
 * may describe their names: those lie wherever their own keys do.
 */
export class UntaggedConnection implements RedisConnection {
  readonly #node: RedisConnection;
  readonly #route: SlotRoute;
  readonly #keys: InternalKeys;

  /** @param prefix what series keys start with, before the first colon */
  constructor(node: RedisConnection, route: SlotRoute, prefix: string) {
    this.#node = node;
    this.#route = route;
    this.#keys = internalKeys({ prefix });
  }

  get epoch(): number {
    return this.#node.epoch;
  }

  get isReady(): boolean {
    return this.#node.isReady;
  }

  quietMs(): number | undefined {
    return this.#node.quietMs();
  }

  cut(why: string): void {
    this.#node.cut(why);
  }

  async send(command: string, ...args: Argument[]): Promise<unknown> {
    return this.#send((connection, name, rest) => connection.send(name, ...rest), command, args);
  }

  async sendForText(command: string, ...args: Argument[]): Promise<unknown> {
    return this.#send((connection, name, rest) => connection.sendForText(name, ...rest), command, args);
  }

  async #send(
    ask: (connection: RedisConnection, command: string, args: readonly Argument[]) => Promise<unknown>,
    command: string,
    args: readonly Argument[],
  ): Promise<unknown> {
    const [key] = args;
    if (command === 'MGET') {
      return Promise.all(
        args.map(async (one) => orNothing(this.#askOwner(one, async (owner) => ask(owner, 'GET', [one])))),
      );
    }
    if (typeof key === 'string' && this.#isIndex(key)) return EMPTY.get(command) ?? null;
    return this.#askOwner(key, async (owner) => ask(owner, command, args));
  }

  #isIndex(key: string): boolean {
    const { dataset, revision, changed, live } = this.#keys;
    return [dataset, revision, changed, live].includes(key);
  }

  /** Asks the node that has a key: this one, but for announcements and records. */
  async #askOwner(key: Argument | undefined, ask: (owner: RedisConnection) => Promise<unknown>): Promise<unknown> {
    const isAnywhere =
      typeof key === 'string' && (key === this.#keys.announced || key.startsWith(this.#keys.family('')));
    if (!isAnywhere) return ask(this.#node);
    try {
      // Names of metrics are ASCII, so a character is a byte.
      const owner = this.#route(hashSlot(key));
      if (owner?.isReady === true) return await ask(owner);
    } catch (error) {
      if (error instanceof RedisReplyError && error.code !== 'MOVED') throw error;
    }
    throw new ExporterError('other_node_unavailable', `the node that has ${key} cannot be reached`);
  }
}

/** What Redis answers of an index that is not there. */
const EMPTY: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['ZCOUNT', 0],
  ['ZRANGEBYSCORE', []],
  ['ZSCAN', [Buffer.from('0'), []]],
]);

/** As MGET answers of a key that holds no string; and a record on a node that is away describes nothing. */
async function orNothing(reply: Promise<unknown>): Promise<unknown> {
  try {
    return await reply;
  } catch (error) {
    if (error instanceof ExporterError && error.code === 'other_node_unavailable') return null;
    if (error instanceof RedisReplyError && (error.code === 'WRONGTYPE' || error.code === 'ASK')) return null;
    throw error;
  }
}
