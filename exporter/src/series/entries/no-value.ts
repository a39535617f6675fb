import { SKIP_REASONS, type SkipReason } from '@redmeter/metric-format';

/** Why a key has no value to show: a skip reason, or that there is nothing under it (any more). */
export type NoValue = SkipReason | 'absent';

/** By the number that stands for each. */
const REASONS: readonly (NoValue | undefined)[] = [undefined, 'absent', ...SKIP_REASONS];
const NUMBERS: ReadonlyMap<NoValue | undefined, number> = new Map(REASONS.map((reason, number) => [reason, number]));

/** For each slot why it has no value, a byte each; undefined where it has one. */
export class NoValues {
  #numbers: Uint8Array;

  /** @param slots how many there are, see `grow` */
  constructor(slots: number) {
    this.#numbers = new Uint8Array(slots);
  }

  /** Makes room for slots up to below this. */
  grow(slots: number): void {
    const numbers = new Uint8Array(slots);
    numbers.set(this.#numbers);
    this.#numbers = numbers;
  }

  get(slot: number): NoValue | undefined {
    return REASONS[this.#numbers[slot] ?? 0];
  }

  set(slot: number, reason: NoValue | undefined): void {
    this.#numbers[slot] = NUMBERS.get(reason) ?? 0;
  }
}
