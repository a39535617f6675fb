import type { MetricData, NumberPoint } from '../decode/metrics-request.js';
import type { Family } from './family.js';
import { effectOf, outcomeWithoutValue, rejected, type PointOutcome } from './point-outcome.js';

/** Gauges have mode `last`: of the points of a series the one with the latest time. */
export function gaugeEffects(points: readonly NumberPoint[]): PointOutcome[] {
  return points.map((point) => {
    const early = outcomeWithoutValue(point, 'none');
    if (early !== undefined) return early;
    const { value, timeNanos } = point;
    if (value === undefined) return rejected('invalid_value', 'expected asInt or asDouble, got neither');
    return effectOf(point, 'none', { type: 'gauge', mode: 'last' }, { kind: 'set', value, timeNanos });
  });
}

/** Monotonic sums are counters, others gauges of mode `sum`. */
export function sumEffects(data: MetricData & { readonly kind: 'sum' }): PointOutcome[] {
  const { isMonotonic, temporality } = data;
  const family: Pick<Family, 'type' | 'mode'> = isMonotonic ? { type: 'counter' } : { type: 'gauge', mode: 'sum' };
  return data.points.map((point) => {
    const early = outcomeWithoutValue(point, temporality);
    if (early !== undefined) return early;
    const { value } = point;
    if (value === undefined) return rejected('invalid_value', 'expected asInt or asDouble, got neither');
    if (!Number.isFinite(value)) return rejected('invalid_value', `expected a finite sum, got ${value}`);
    if (isMonotonic && value < 0) {
      return rejected('invalid_value', `expected a monotonic sum of at least 0, got ${value}`);
    }
    return effectOf(point, temporality, family, { kind: 'add', value });
  });
}
