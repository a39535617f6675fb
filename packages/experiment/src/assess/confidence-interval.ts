import type { ConfidenceInterval } from '../result/slo-verdict.js';
import type { Interval } from './statistics/interval.js';

/** An interval as a verdict shows it, without the ends that bound nothing. */
export function confidenceInterval(
  { low, high }: Interval,
  level: number,
  isForEveryLook: boolean,
): ConfidenceInterval {
  return {
    ...(Number.isFinite(low) ? { low } : {}),
    ...(Number.isFinite(high) ? { high } : {}),
    level,
    ...(isForEveryLook ? { isForEveryLook } : {}),
  };
}
