import type { GaugeMode, Label } from '@redmeter/metric-format';
import { GaugeSeries, LeasedGaugeSeries } from '../series/gauge-series.js';
import type { GaugeDefinition } from '../series/instruments.js';
import { mergeLabels, type Refusal } from './label-rules.js';
import { MetricFamily } from './metric-family.js';
import type { RecordingScope } from './recording-scope.js';
import { SumGaugeSeries } from '../series/sum-gauge-series.js';

const PROCESS_LABEL = 'process';

/** A gauge, its series, and its `collect` function. */
export class GaugeFamily extends MetricFamily<GaugeSeries | SumGaugeSeries> {
  override readonly type = 'gauge';
  readonly mode: GaugeMode;
  #collect: GaugeDefinition['collect'];

  constructor(name: string, scope: RecordingScope, mode: GaugeMode) {
    super(name, scope, scope.tallies.gauge);
    this.mode = mode;
  }

  override declare(definition: Omit<GaugeDefinition, 'name'>): void {
    super.declare(definition);
    if (typeof definition.collect === 'function') this.#collect ??= definition.collect;
  }

  /** Called before each flush to set the gauge; undefined when none was declared. */
  get collect(): GaugeDefinition['collect'] {
    return this.#collect;
  }

  override isShared(): boolean {
    return this.mode !== 'process';
  }

  override layout(): { readonly mode: GaugeMode } {
    return { mode: this.mode };
  }

  protected override withOwnLabels(labels: Label[]): Label[] | Refusal {
    if (this.mode !== 'process') return super.withOwnLabels(labels);
    if (labels.some(([name]) => name === PROCESS_LABEL)) {
      return {
        reason: 'reserved_label',
        detail: 'label process: expected none, since the library adds it to gauges of mode process',
      };
    }
    const own: Label = [PROCESS_LABEL, this.scope.processName];
    return mergeLabels([...labels, own], this.scope.defaultLabels);
  }

  protected override create(key: string): GaugeSeries | SumGaugeSeries {
    switch (this.mode) {
      case 'last':
        return new GaugeSeries(key, this);
      case 'process':
        return new LeasedGaugeSeries(key, this);
      case 'sum':
        return new SumGaugeSeries(key, this);
    }
  }
}
