import { SKIP_REASONS, type SkipReason } from '@redmeter/metric-format';

/** Keys left out of an answer, by reason. */
export class SkipCounts {
  readonly #counts: Map<SkipReason, number>;

  /** @param start counts to go on from, which stay as they are; none by default */
  constructor(start?: SkipCounts) {
    this.#counts = new Map(SKIP_REASONS.map((reason) => [reason, start?.of(reason) ?? 0]));
  }

  add(reason: SkipReason, keys = 1): void {
    this.#counts.set(reason, this.of(reason) + keys);
  }

  of(reason: SkipReason): number {
    return this.#counts.get(reason) ?? 0;
  }

  /** Every reason with its count, zero included, in the order of SKIP_REASONS. */
  entries(): IterableIterator<[SkipReason, number]> {
    return this.#counts.entries();
  }
}
