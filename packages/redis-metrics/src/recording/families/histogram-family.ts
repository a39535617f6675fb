import { HistogramSeries, sameNumbers } from '../series/histogram-series.js';
import type { HistogramDefinition } from '../series/instruments.js';
import { MetricFamily } from './metric-family.js';
import type { RecordingScope } from './recording-scope.js';

/** A histogram and its series, which have the same bounds. */
export class HistogramFamily extends MetricFamily<HistogramSeries> {
  override readonly type = 'histogram';
  readonly bounds: readonly number[];

  constructor(name: string, scope: RecordingScope, bounds: readonly number[]) {
    super(name, scope, scope.tallies.histogram);
    this.bounds = bounds;
  }

  /** Milliseconds per unit of the values that timers observe. */
  get timerUnitMs(): number {
    return this.unit === 'seconds' || (this.unit === undefined && this.name.endsWith('_seconds')) ? 1000 : 1;
  }

  override declare(definition: Omit<HistogramDefinition, 'name'>): void {
    super.declare(definition);
    const { buckets } = definition;
    if (buckets === undefined || sameNumbers(buckets, this.bounds)) return;
    this.scope.log.warn(
      `buckets ${this.name}`,
      `redmeter: histogram ${this.name} keeps its buckets ${this.bounds.join(' ')}: expected a declaration before the first use, got a later one with ${buckets.join(' ')}`,
    );
  }

  override layout(): { readonly bounds: readonly number[]; readonly lease: number } {
    return { bounds: this.bounds, lease: this.scope.boundsLeaseMs };
  }

  protected override create(key: string): HistogramSeries {
    return new HistogramSeries(key, this, this.bounds, this.timerUnitMs);
  }
}
