import { internalKeys, type KeySpace } from '@redmeter/metric-format';
import type { MergeTarget } from './merge-target.js';

/**
 * Who sends cumulative points, in Redis. A source that was never silent for as long as the last totals of its streams live is steady: of a
 * stream whose last total is not there, nothing can have been counted.
 */
export class Sources {
  readonly #target: MergeTarget;
  readonly #space: KeySpace;
  readonly #ttlMs: number;

  /** @param ttlMs milliseconds that the last total of a stream lives */
  constructor(target: MergeTarget, space: KeySpace, ttlMs: number) {
    this.#target = target;
    this.#space = space;
    this.#ttlMs = ttlMs;
  }

  /** Which of them are steady. @throws the error of Redis */
  async findSteady(sources: ReadonlySet<string>): Promise<Set<string>> {
    const found = await Promise.all([...sources].map(async (source) => this.#target.has(this.#keyOf(source))));
    return new Set([...sources].filter((_, i) => found[i]));
  }

  /** Notes that points of sources were written. That it cannot be done costs what is new of them, if they are older than that. */
  async note(sources: ReadonlySet<string>): Promise<void> {
    await Promise.allSettled([...sources].map(async (source) => this.#target.set(this.#keyOf(source), this.#ttlMs)));
  }

  #keyOf(source: string): string {
    return internalKeys(this.#space).source(source);
  }
}
