import { formatNumber } from '@redmeter/metric-format';
import type { Gauge } from './instruments.js';
import { Series, type Carrier } from './series.js';

/** One series of a gauge that takes the value set last; keeps what this process set last, and when. */
export class GaugeSeries extends Series implements Gauge {
  #value = 0;
  #setAtMs = Number.NEGATIVE_INFINITY;
  /** What brought the value before. */
  #carrier: Carrier | undefined;

  set(value: number): void {
    const { tally, scope } = this.family;
    tally.recorded += 1;
    if (tally.isClosed || typeof value !== 'number') {
      this.refuse('a number', value);
      return;
    }
    this.#value = value;
    this.#setAtMs = scope.clock();
    if (this.recordings > 0) {
      tally.coalesced += 1;
      return;
    }
    this.family.noteChanged(this);
    this.recordings = 1;
  }

  inc(value = 1): void {
    this.set(typeof value === 'number' ? this.#value + value : value);
  }

  dec(value = 1): void {
    this.set(typeof value === 'number' ? this.#value - value : value);
  }

  protected override reset(): void {
    this.#value = 0;
    this.#setAtMs = Number.NEGATIVE_INFINITY;
    this.#carrier = undefined;
  }

  takeOperation(familyIndex: number, carrier: Carrier): string {
    // On its way the value before grew older than its batch says, until the answer came at the latest: a value set
    // meanwhile would be taken for the older one.
    this.#setAtMs = Math.max(this.#setAtMs, this.#carrier?.arrivedAtMs ?? this.#setAtMs);
    this.#carrier = carrier;
    return this.#operation(familyIndex, carrier.madeAtMs, this.setFields());
  }

  /**
   * After a loss of data a gauge is set again, with its true age, so that it comes back and never beats a newer value. Else one that is
   * gone stays gone: somebody removed it.
   */
  override touchOperation(familyIndex: number): string {
    return Number.isFinite(this.#setAtMs) && this.isSetByTouch()
      ? this.#operation(familyIndex, this.family.scope.clock(), this.touchFields())
      : super.touchOperation(familyIndex);
  }

  protected isSetByTouch(): boolean {
    return this.sentAtSeconds * 1000 <= this.family.scope.loss.noticedAtMs;
  }

  /** The fields of an operation that say how the merge script takes the value. */
  protected setFields(): string {
    return '"mode":"last"';
  }

  /** The same where the value is only kept alive. */
  protected touchFields(): string {
    return this.setFields();
  }

  #operation(familyIndex: number, nowMs: number, fields: string): string {
    const text = formatNumber(this.#value);
    const value = Number.isFinite(this.#value) ? text : `"${text}"`;
    // Rounded down, as Redis's own time is: else a value could seem older than one set before it.
    const ageMs = Math.max(0, Math.floor(nowMs - this.#setAtMs));
    return `{"type":"gauge","family":${familyIndex},${fields},"set":${value},"age":${ageMs}}`;
  }
}
