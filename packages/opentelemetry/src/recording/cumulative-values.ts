import type { HrTime } from '@opentelemetry/api';

interface Seen {
  readonly startTime: HrTime;
  readonly values: readonly number[];
}

/** Turns cumulative values, as other producers than the SDK have them, into changes since the last export. */
export class CumulativeValues {
  readonly #seen = new Map<string, Seen>();

  /**
   * How much the values of a series changed. Values that began again, as a new start or a fall says, count from 0.
   * @param key identifies the series
   * @param rising how many of the first values never fall
   */
  changes(key: string, startTime: HrTime, values: readonly number[], rising: number): readonly number[] {
    const seen = this.#seen.get(key);
    this.#seen.set(key, { startTime, values: [...values] });
    const isSame = seen?.startTime[0] === startTime[0] && seen.startTime[1] === startTime[1];
    if (seen === undefined || !isSame) return values;
    const before = seen.values;
    if (values.some((value, i) => i < rising && value < (before[i] ?? 0))) return values;
    // An infinite sum stays infinite, and infinity minus infinity is NaN.
    return values.map((value, i) => (Object.is(value, before[i]) ? 0 : value - (before[i] ?? 0)));
  }
}
