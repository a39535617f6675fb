import { formatNumber } from '@redmeter/metric-format';
import { PendingExemplars, type ExemplarLabels } from './exemplars.js';
import type { Counter } from './instruments.js';
import { Series, type Carrier } from './series.js';

/** One counter series; holds the sum of its pending increments. */
export class CounterSeries extends Series implements Counter {
  #sum = 0;
  #exemplars: PendingExemplars | undefined;

  inc(value = 1, exemplar?: ExemplarLabels): void {
    const { tally } = this.family;
    tally.recorded += 1;
    const isNumber = typeof value === 'number';
    const sum = isNumber ? this.#sum + value : Number.NaN;
    // NaN fails this, and so does a sum that would become infinite. What is no number is not compared: that may throw.
    if (tally.isClosed || !(sum < Number.POSITIVE_INFINITY && value >= 0)) {
      if (!tally.isClosed && Number.isFinite(value) && value >= 0) this.overflow(this.#sum, value);
      else this.refuse('a finite number of at least 0', value);
      return;
    }
    this.#sum = sum;
    if (this.recordings === 0) this.family.noteChanged(this);
    this.recordings += 1;
    if (exemplar !== undefined || tally.hasExemplarSource) {
      this.#exemplars ??= new PendingExemplars();
      this.#exemplars.note(this.family, 0, value, exemplar);
    }
  }

  protected override reset(): void {
    this.#sum = 0;
    this.#exemplars = undefined;
  }

  takeOperation(familyIndex: number, { madeAtMs }: Carrier): string {
    const sum = this.#sum;
    this.#sum = 0;
    const exemplar = this.#exemplars?.take(madeAtMs) ?? '';
    const rest = exemplar === '' ? '' : `,"exemplar":${exemplar}`;
    return `{"type":"counter","family":${familyIndex},"add":${formatNumber(sum)}${rest}}`;
  }
}
