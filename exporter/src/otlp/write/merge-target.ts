import { createHash } from 'node:crypto';
import { hashSlot, MERGE_SOURCE } from '@redmeter/metric-format';
import { ExporterError } from '../../exporter-error.js';
import { RedisReplyError, type RedisConnection } from '../../redis/redis-connection.js';
import { servesSlot, type RedisTarget } from '../../redis/redis-target.js';

const MERGE_SHA = createHash('sha1').update(MERGE_SOURCE).digest('hex');
/** Redirections that a call follows before it fails. */
const MAX_REDIRECTIONS = 2;

/** Calls the merge script, and the few other commands of the receiver, on the node that has the keys. */
export class MergeTarget {
  readonly #target: RedisTarget;

  constructor(target: RedisTarget) {
    this.#target = target;
  }

  /**
   * Calls the script.
   * @param keys at least one; all in one slot
   * @throws RedisReplyError for an error of Redis; ExporterError or another error where it does not answer
   */
  async merge(keys: readonly string[], args: readonly string[]): Promise<unknown> {
    return this.#onNode(keys[0] ?? '', async (connection) => {
      const rest = [keys.length, ...keys, ...args];
      try {
        return await connection.sendForText('EVALSHA', MERGE_SHA, ...rest);
      } catch (error) {
        // Redis forgets scripts when it starts. EVAL loads the script again.
        if (!(error instanceof RedisReplyError && error.code === 'NOSCRIPT')) throw error;
        return connection.sendForText('EVAL', MERGE_SOURCE, ...rest);
      }
    });
  }

  /** Whether there is a text under a key. */
  async has(key: string): Promise<boolean> {
    return (await this.#onNode(key, async (connection) => connection.sendForText('GET', key))) !== null;
  }

  /** Sets a key that only has to be there. */
  async set(key: string, ttlMs: number): Promise<void> {
    await this.#onNode(key, async (connection) => connection.sendForText('SET', key, '1', 'PX', ttlMs));
  }

  /** Adds members to a set. @returns how many it did not have */
  async addMembers(key: string, members: readonly string[]): Promise<number> {
    return Number(await this.#onNode(key, async (connection) => connection.sendForText('SADD', key, ...members)));
  }

  /** Sets a new time to live for a key. */
  async expire(key: string, ttlMs: number): Promise<void> {
    await this.#onNode(key, async (connection) => connection.sendForText('PEXPIRE', key, ttlMs));
  }

  /** Gives up connections on which a reply has been due for long, so that the next request gets a new one. */
  cutSilent(silentMs: number): void {
    this.#target.cutSilent(silentMs);
  }

  async #onNode<T>(key: string, call: (connection: RedisConnection) => Promise<T>): Promise<T> {
    for (let redirections = 0; ; redirections += 1) {
      const connection = await this.#nodeOf(key);
      try {
        return await call(connection);
      } catch (error) {
        if (!(error instanceof RedisReplyError)) throw error;
        // The master became a replica: the next connection goes where the address leads then.
        if (error.code === 'READONLY') connection.cut('the server became a replica');
        if (error.code !== 'MOVED' || redirections === MAX_REDIRECTIONS) throw error;
      }
    }
  }

  async #nodeOf(key: string): Promise<RedisConnection> {
    const { nodes, isCluster } = await this.#target.topology();
    const slot = hashSlot(Buffer.from(key).toString('latin1'));
    const node = isCluster ? nodes.find((one) => servesSlot(one, slot)) : nodes[0];
    if (node !== undefined) return node.connection;
    throw new ExporterError('redis_unavailable', `no node of the cluster serves slot ${slot}`);
  }
}
