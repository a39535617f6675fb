import {
  lateWriters,
  readEvictedKeys,
  redisTimeMs,
  takeSnapshot,
  type SendCommand,
  type SeriesSnapshot,
} from '@redmeter/metric-reader';
import { setTimeout as sleep } from 'node:timers/promises';
import { redisPlaceOf, useRedis, type RedisUse } from './redis-connection.js';

/** How a flush may be late on a busy machine, in milliseconds. */
export const SETTLE_MARGIN_MS = 1000;

const LOOK_AGAIN_MS = 500;

/** What Redis holds once everything is there that was recorded before a time. */
export type SettledSnapshot = {
  readonly snapshot: SeriesSnapshot;
  /** Writers that were at work and have not written since that time, for a person: what they recorded until then may be missing. */
  readonly late: readonly string[];
};

/**
 * Waits until applications have written what they have recorded by now, and reads it: a flush interval and a second; as long again while a
 * writer that was at work has not written since, as its own metrics show.
 *
 * @param settleMs The flush interval of the applications, in milliseconds; 0: there is no wait.
 */
export async function settledSnapshot(
  redisUrl: string,
  { settleMs, timeoutMs, signal }: { settleMs: number; timeoutMs: number; signal: AbortSignal },
): Promise<RedisUse<SettledSnapshot>> {
  const { prefix, ...place } = redisPlaceOf(redisUrl);
  const settings = prefix === undefined ? {} : { prefix };
  const settled = await useRedis(place, timeoutMs, signal, async (send) => {
    if (settleMs === 0) return { snapshot: await takeSnapshot(send, settings), late: [] };
    const sinceMs = await redisTimeMs(send);
    const waitMs = settleMs + SETTLE_MARGIN_MS;
    await sleep(waitMs, undefined, { signal });
    return lookUntilWritten(send, settings, { sinceMs, waitMs, signal });
  });
  if (settled.kind === 'failed') return settled;
  const evicted = await useRedis(place, timeoutMs, signal, readEvictedKeys);
  const { snapshot, late } = settled.value;
  const evictedKeys = evicted.kind === 'done' ? evicted.value : undefined;
  return { kind: 'done', value: { snapshot: { ...snapshot, evictedKeys }, late } };
}

async function lookUntilWritten(
  send: SendCommand,
  settings: { readonly prefix?: string },
  { sinceMs, waitMs, signal }: { sinceMs: number; waitMs: number; signal: AbortSignal },
): Promise<SettledSnapshot> {
  for (;;) {
    const snapshot = await takeSnapshot(send, settings);
    const late = lateWriters(snapshot, sinceMs, waitMs);
    if (late.length === 0 || snapshot.takenMs >= sinceMs + 2 * waitMs) return { snapshot, late };
    await sleep(LOOK_AGAIN_MS, undefined, { signal });
  }
}
