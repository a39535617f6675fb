import type { InternalKeys } from '@redmeter/metric-format';
import type { RedisConnection } from '../../redis/redis-connection.js';
import { bytesReply, integerReply } from '../../redis/replies.js';
import { orIfWrongType, redisTimeMs } from './listing-commands.js';
import type { ReadingOptions } from '../reading-options.js';

/** The first query of a read: whether the cached series are still valid, and up to which revision. */
export interface Head {
  /** See RedisConnection. */
  readonly epoch: number;
  readonly nowMs: number;
  /** The bytes of the data set's record, one a character. */
  readonly dataset: string | undefined;
  /** The newest revision of the index of changes; undefined when no writer keeps one. */
  readonly revision: number | undefined;
  /** Whether the database is small enough to list all its keys. */
  readonly isScanned: boolean;
}

/** Why cached series are stale. */
export type StaleReason = 'reconnect' | 'dataset' | 'revision' | 'mode' | 'clock';

/** Reads the head in one round trip. */
export async function readHead(redis: RedisConnection, keys: InternalKeys, options: ReadingOptions): Promise<Head> {
  const { epoch } = redis;
  const [nowMs, size, dataset, revision] = await Promise.all([
    options.now?.() ?? redisTimeMs(redis),
    redis.send('DBSIZE').then(integerReply),
    orIfWrongType(redis.send('GET', keys.dataset), null).then(bytesReply),
    orIfWrongType(redis.send('GET', keys.revision), null).then(bytesReply),
  ]);
  return {
    epoch,
    nowMs,
    dataset: dataset?.toString('latin1'),
    revision: revision === undefined ? undefined : Number(revision.toString('latin1')),
    isScanned: size <= options.scanLimitKeys,
  };
}

/** Why data read at `known` are stale at `head`; undefined when they are not. */
export function staleReason(known: Head, head: Head): StaleReason | undefined {
  if (head.epoch !== known.epoch) return 'reconnect';
  if (head.dataset !== known.dataset && known.dataset !== undefined) return 'dataset';
  if (known.revision !== undefined && !((head.revision ?? -1) >= known.revision)) return 'revision';
  if (head.isScanned !== known.isScanned) return 'mode';
  if (head.nowMs < known.nowMs) return 'clock';
  return undefined;
}
