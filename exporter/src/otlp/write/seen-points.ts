import { internalKeys, type KeySpace } from '@redmeter/metric-format';
import type { DeltaPoint } from '../points/delta-point.js';
import type { MergeTarget } from './merge-target.js';

/** Points of five minutes are in one set. */
const WINDOW_NANOS = 300_000_000_000n;
/** How long a set lives after its last new point. Collectors give a batch up after five minutes (max_elapsed_time). */
const TTL_MS = 600_000;
/** Most members of one command: Redis does nothing else meanwhile. */
const COMMAND_MEMBERS = 500;

/** The delta points of the last minutes, in Redis: they tell which were counted before, in a request with another body. */
export class SeenPoints {
  readonly #target: MergeTarget;
  readonly #space: KeySpace;

  constructor(target: MergeTarget, space: KeySpace) {
    this.#target = target;
    this.#space = space;
  }

  /**
   * Notes points that were counted.
   * @returns how many of them had been noted before
   * @throws the error of Redis
   */
  async note(points: readonly DeltaPoint[]): Promise<number> {
    const windows = [...idsByWindow(points)];
    const repeated = await Promise.all(windows.map(async ([window, ids]) => this.#noteWindow(window, ids)));
    return repeated.reduce((sum, count) => sum + count, 0);
  }

  async #noteWindow(window: bigint, ids: readonly string[]): Promise<number> {
    const key = internalKeys(this.#space).seen(String(window));
    let repeated = 0;
    for (let i = 0; i < ids.length; i += COMMAND_MEMBERS) {
      const part = ids.slice(i, i + COMMAND_MEMBERS);
      repeated += part.length - (await this.#target.addMembers(key, part));
      // After each part, so that no set is left that lives for ever.
      await this.#target.expire(key, TTL_MS);
    }
    return repeated;
  }
}

function idsByWindow(points: readonly DeltaPoint[]): Map<bigint, string[]> {
  const windows = new Map<bigint, string[]>();
  for (const { id, timeNanos } of points) {
    const window = timeNanos / WINDOW_NANOS;
    const ids = windows.get(window);
    if (ids === undefined) windows.set(window, [id]);
    else ids.push(id);
  }
  return windows;
}
