import type { HrTime } from '@opentelemetry/api';

interface Seen<Value> {
  readonly start: string;
  readonly value: Value;
}

/** Turns cumulative values, as other producers than the SDK have them, into changes since the last export. */
export class CumulativeValues<Value> {
  readonly #seen = new Map<string, Seen<Value>>();
  readonly #riseOf: (now: Value, before: Value) => Value | undefined;

  /** @param riseOf how much a value rose; undefined when it fell, so that it began again */
  constructor(riseOf: (now: Value, before: Value) => Value | undefined) {
    this.#riseOf = riseOf;
  }

  /**
   * How much the value of a stream changed. One that began again, as a new start or a fall says, counts from 0.
   * @param key identifies the stream
   */
  changeOf(key: string, startTime: HrTime, value: Value): Value {
    const start = String(startTime);
    const seen = this.#seen.get(key);
    this.#seen.set(key, { start, value });
    return (seen?.start === start ? this.#riseOf(value, seen.value) : undefined) ?? value;
  }
}

/** How much a sum changed. An infinite one stays infinite, and infinity minus infinity is NaN. */
export function sumChange(now: number, before: number): number {
  return Object.is(now, before) ? 0 : now - before;
}
