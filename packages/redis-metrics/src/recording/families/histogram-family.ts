import { readHistogramBuckets, sameBuckets, shownBuckets, type HistogramBuckets } from './histogram-buckets.js';
import { HistogramSeries } from '../series/histogram-series.js';
import type { HistogramDefinition } from '../series/instruments.js';
import { NativeHistogramSeries } from '../series/native-histogram-series.js';
import { MetricFamily } from './metric-family.js';
import type { RecordingScope } from './recording-scope.js';
import type { FamilyLayout } from '../series/series.js';

/** A histogram and its series, which have the same buckets. */
export class HistogramFamily extends MetricFamily<HistogramSeries | NativeHistogramSeries> {
  override readonly type = 'histogram';
  readonly buckets: HistogramBuckets;

  constructor(name: string, scope: RecordingScope, buckets: HistogramBuckets) {
    super(name, scope, scope.tallies.histogram);
    this.buckets = buckets;
  }

  /** Milliseconds per unit of the values that timers observe. */
  get timerUnitMs(): number {
    return this.unit === 'seconds' || (this.unit === undefined && this.name.endsWith('_seconds')) ? 1000 : 1;
  }

  override declare(definition: Omit<HistogramDefinition, 'name'>): void {
    super.declare(definition);
    if (definition.buckets === undefined) return;
    const later = readHistogramBuckets(definition, []);
    if (typeof later === 'string' || sameBuckets(later, this.buckets)) return;
    this.scope.log.warn(
      `buckets ${this.name}`,
      `redmeter: histogram ${this.name} keeps its buckets ${shownBuckets(this.buckets)}: expected a declaration before the first use, got a later one with ${shownBuckets(later)}`,
    );
  }

  override layout(): FamilyLayout {
    return { ...this.buckets, lease: this.scope.boundsLeaseMs };
  }

  protected override create(key: string): HistogramSeries | NativeHistogramSeries {
    const { bounds = [], native } = this.buckets;
    return native === undefined
      ? new HistogramSeries(key, this, bounds, this.timerUnitMs)
      : new NativeHistogramSeries(key, this, native, this.buckets.bounds, this.timerUnitMs);
  }
}
