import { GaugeSeries } from './gauge-series.js';

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
