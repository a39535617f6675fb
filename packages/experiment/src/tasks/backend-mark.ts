import type { SeriesSnapshot } from '@redmeter/metric-reader';
import { setTimeout as sleep } from 'node:timers/promises';
import { SETTLE_MARGIN_MS, settledSnapshot, type SettledSnapshot } from '../backends/settled-snapshot.js';

/** A back end that is read for what happened during the run, or during the part of one version. */
export type WatchedBackend = {
  readonly version: number;
  /** Where it is read when a part begins and ends; undefined for one that is queried for a time range. */
  readonly redisUrl?: string;
  /** Maximum delay until it has what happened, in milliseconds. */
  readonly settleMs: number;
  /** How long to wait for each reply, in milliseconds. */
  readonly timeoutMs: number;
};

/** What watching needs of the run. */
export type WatchContext = {
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
  readonly onWait: (seconds: number) => void;
};

/** A moment at which a back end knew what had happened before. */
export type BackendMark = {
  /** In milliseconds since the epoch. */
  readonly timeMs: number;
  /** What a Redis held then, or why that could not be read. */
  readonly read?:
    | { readonly kind: 'settled'; readonly settled: SettledSnapshot }
    | { readonly kind: 'failed'; readonly reason: string };
};

/** A moment at which a Redis was read. */
export type RedisMark = { readonly timeMs: number; readonly snapshot: SeriesSnapshot };

/** Waits until a back end has what has happened by now, and reads it if it is a Redis. */
export async function takeMark(
  { redisUrl, settleMs, timeoutMs }: Omit<WatchedBackend, 'version'>,
  { nowMs, signal }: Omit<WatchContext, 'onWait'>,
): Promise<BackendMark> {
  if (redisUrl === undefined) {
    if (settleMs > 0) await sleep(settleMs, undefined, { signal });
    return { timeMs: nowMs() };
  }
  const read = await settledSnapshot(redisUrl, { settleMs, timeoutMs, signal });
  const timeMs = nowMs();
  return { timeMs, read: read.kind === 'failed' ? read : { kind: 'settled', settled: read.value } };
}

/** How long to wait until a back end has what happened, in milliseconds. */
export function waitMs({ redisUrl, settleMs }: Pick<WatchedBackend, 'redisUrl' | 'settleMs'>): number {
  return redisUrl !== undefined && settleMs > 0 ? settleMs + SETTLE_MARGIN_MS : settleMs;
}
