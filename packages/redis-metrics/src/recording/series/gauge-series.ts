import { formatNumber } from '@redmeter/metric-format';
import type { Gauge } from './instruments.js';
import { Series, type Carrier } from './series.js';

/** One series of a gauge of mode `last`; holds the last value that this process set, and when. */
export class GaugeSeries extends Series implements Gauge {
  #value = 0;
  #setAtMs = Number.NEGATIVE_INFINITY;
  /** The batch with the previous value. */
  #carrier: Carrier | undefined;

  set(value: number): void {
    const { tally, scope } = this.family;
    tally.recorded += 1;
    if (tally.isClosed || typeof value !== 'number') {
      this.refuse('a number', value);
      return;
    }
    this.#value = value;
    this.#setAtMs = scope.setClock === undefined ? scope.clock() : scope.setClock.now();
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
    // The age of the previous value grew in flight, at most until the reply arrived: a value set in the meantime would seem older than
    // it.
    this.#setAtMs = Math.max(this.#setAtMs, this.#carrier?.arrivedAtMs ?? this.#setAtMs);
    this.#carrier = carrier;
    return this.#operation(familyIndex, carrier.madeAtMs, this.setFields());
  }

  /**
   * After a loss of data a gauge is set again, with its true age, so that it never replaces a newer value. Otherwise a missing gauge stays
   * missing, since someone removed it.
   */
  override touchOperation(familyIndex: number): string {
    return Number.isFinite(this.#setAtMs) && this.isSetByTouch()
      ? this.#operation(familyIndex, this.family.scope.clock(), this.touchFields())
      : super.touchOperation(familyIndex);
  }

  protected isSetByTouch(): boolean {
    return this.sentAtSeconds * 1000 <= this.family.scope.loss.noticedAtMs;
  }

  /** The fields of an operation with the mode. */
  protected setFields(): string {
    return '"mode":"last"';
  }

  /** The same for an operation that renews the TTL. */
  protected touchFields(): string {
    return this.setFields();
  }

  #operation(familyIndex: number, nowMs: number, fields: string): string {
    const text = formatNumber(this.#value);
    const value = Number.isFinite(this.#value) ? text : `"${text}"`;
    // Rounded down like Redis's time, so that a value does not seem older than one set before it.
    const ageMs = Math.max(0, Math.floor(nowMs - this.#setAtMs));
    return `{"type":"gauge","family":${familyIndex},${fields},"set":${value},"age":${ageMs}}`;
  }
}

/** One series of a gauge of mode `process`: the process renews its lease, and it expires after the process ends. */
export class LeasedGaugeSeries extends GaugeSeries {
  /** No other process removes it, and its lease may expire while Redis is down. */
  protected override isSetByTouch(): boolean {
    return true;
  }

  protected override setFields(): string {
    return `"mode":"process","lease":${this.family.scope.leaseMs}`;
  }

  protected override touchFields(): string {
    return `"touch":true,${this.setFields()}`;
  }
}
