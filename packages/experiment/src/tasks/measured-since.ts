import type { RedisMark } from './backend-mark.js';

/**
 * A moment before a run. Back ends that are asked for a time are asked for all of it since then, each Redis tells what was recorded since
 * its mark, and A/B/n leaves out what is under the mark in the store, so that runs which see more and more of one time miss nothing
 * between them.
 */
export type MeasuredSince = {
  /** In milliseconds since the epoch. */
  readonly timeMs: number;
  /** The name of a mark of users and values in the metrics store. */
  readonly abnMark: string;
  /** What each Redis held then, by its place, as `markRedis` gives it. */
  readonly redisMarks: ReadonlyMap<string, RedisMark>;
  /** By name of a version: the share of users since then, in relation to the others; else as the application's weights say. */
  readonly shares: Readonly<Record<string, number>>;
};
