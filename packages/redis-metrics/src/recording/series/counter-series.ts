import { formatNumber } from '@redmeter/metric-format';
import type { Counter } from './instruments.js';
import { Series } from './series.js';

/** One counter series; holds the sum of its pending increments. */
export class CounterSeries extends Series implements Counter {
  #sum = 0;

  inc(value = 1): void {
    const { tally } = this.family;
    tally.recorded += 1;
    const isNumber = typeof value === 'number';
    const sum = isNumber ? this.#sum + value : Number.NaN;
    // NaN fails this, and so does a sum that would become infinite.
    if (tally.isClosed || !(value >= 0 && sum < Number.POSITIVE_INFINITY)) {
      if (!tally.isClosed && Number.isFinite(value) && value >= 0) this.overflow(this.#sum, value);
      else this.refuse('a finite number of at least 0', value);
      return;
    }
    this.#sum = sum;
    if (this.recordings === 0) this.family.noteChanged(this);
    this.recordings += 1;
  }

  protected override reset(): void {
    this.#sum = 0;
  }

  takeOperation(familyIndex: number): string {
    const sum = this.#sum;
    this.#sum = 0;
    return `{"type":"counter","family":${familyIndex},"add":${formatNumber(sum)}}`;
  }
}
