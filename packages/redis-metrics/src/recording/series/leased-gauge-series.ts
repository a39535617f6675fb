import { GaugeSeries } from './gauge-series.js';

/** One series of a gauge that each process has for itself: it goes with the process, which renews its lease until then. */
export class LeasedGaugeSeries extends GaugeSeries {
  /** Nobody else removes it, and a lease may run out while Redis is away. */
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
