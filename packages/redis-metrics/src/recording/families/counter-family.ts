import { CounterSeries } from '../series/counter-series.js';
import { MetricFamily } from './metric-family.js';
import type { RecordingScope } from './recording-scope.js';

/** A counter and its series. */
export class CounterFamily extends MetricFamily<CounterSeries> {
  override readonly type = 'counter';

  constructor(name: string, scope: RecordingScope) {
    super(name, scope, scope.tallies.counter);
  }

  protected override create(key: string): CounterSeries {
    return new CounterSeries(key, this);
  }
}
