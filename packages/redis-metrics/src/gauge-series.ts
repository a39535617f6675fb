import { formatNumber } from '@redmeter/metric-format';
import type { Gauge } from './instruments.js';
import { Series } from './series.js';

/** One gauge series; keeps the value set last, and when. */
export class GaugeSeries extends Series implements Gauge {
  #value = 0;
  #setAtMs = Number.NEGATIVE_INFINITY;

  set(value: number): void {
    const { tally, scope } = this.family;
    tally.recorded += 1;
    if (tally.isClosed || typeof value !== 'number') {
      this.refuse();
      return;
    }
    this.#value = value;
    this.#setAtMs = scope.clock();
    if (this.recordings === 0) this.recordings = 1;
    else tally.coalesced += 1;
    if (!this.isChanged) this.family.noteChanged(this);
  }

  inc(value = 1): void {
    this.set(typeof value === 'number' ? this.#value + value : value);
  }

  dec(value = 1): void {
    this.set(typeof value === 'number' ? this.#value - value : value);
  }

  takeOperation(familyIndex: number): string {
    const text = formatNumber(this.#value);
    const value = Number.isFinite(this.#value) ? text : `"${text}"`;
    const ageMs = Math.max(0, Math.round(this.family.scope.clock() - this.#setAtMs));
    return `{"type":"gauge","family":${familyIndex},"mode":"last","set":${value},"age":${ageMs}}`;
  }

  /** A gauge is set again, with its true age: so it comes back where Redis lost it, and never beats a newer value. */
  override touchOperation(familyIndex: number): string {
    return Number.isFinite(this.#setAtMs) ? this.takeOperation(familyIndex) : super.touchOperation(familyIndex);
  }
}
