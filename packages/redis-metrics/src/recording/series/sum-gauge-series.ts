import { formatNumber } from '@redmeter/metric-format';
import type { Gauge } from './instruments.js';
import { Series } from './series.js';

/** One series of a gauge of mode `sum`; holds the sum of its pending changes. */
export class SumGaugeSeries extends Series implements Gauge {
  #sum = 0;

  /** Refused, since the value is shared by all processes. */
  set(): void {
    const { tally } = this.family;
    tally.recorded += 1;
    this.family.drop(
      tally.isClosed ? 'closed' : 'mode_conflict',
      1,
      () => 'set() on a gauge of mode sum: expected inc() or dec()',
    );
  }

  inc(value = 1): void {
    const { tally } = this.family;
    tally.recorded += 1;
    const sum = typeof value === 'number' ? this.#sum + value : Number.NaN;
    if (tally.isClosed || !Number.isFinite(sum)) {
      if (!tally.isClosed && Number.isFinite(value)) this.overflow(this.#sum, value);
      else this.refuse('a finite number', value);
      return;
    }
    this.#sum = sum;
    if (this.recordings === 0) this.family.noteChanged(this);
    this.recordings += 1;
  }

  dec(value = 1): void {
    this.inc(typeof value === 'number' ? -value : value);
  }

  protected override reset(): void {
    this.#sum = 0;
  }

  takeOperation(familyIndex: number): string {
    const sum = this.#sum;
    this.#sum = 0;
    return `{"type":"gauge","family":${familyIndex},"mode":"sum","add":${formatNumber(sum)}}`;
  }
}
