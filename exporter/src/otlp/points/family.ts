import { MAX_SCHEMA, type GaugeMode, type MetricType } from '@redmeter/metric-format';

/** How a metric of a request is declared to the merge script. */
export interface Family {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  readonly unit: string;
  /** Of a gauge. */
  readonly mode?: GaugeMode;
  /** Of a histogram with bounds. */
  readonly bounds?: readonly number[];
  /** Of a histogram with native buckets. */
  readonly native?: typeof NATIVE_LAYOUT;
  /** Milliseconds since the epoch: the newest declaration decides about help and unit. */
  readonly declaredMs: number;
}

/** How native histograms are declared: Redis lowers the schema as far as the number of buckets needs. */
export const NATIVE_LAYOUT = { schema: MAX_SCHEMA, zeroThreshold: 0, maxBuckets: 160 } as const;

const HOUR_MS = 3_600_000;

/**
 * When a family counts as declared: at the start of its points, by whole hours, since a point of a delta starts where the one before
 * ended and the record would change with each. A time to come would win for ever.
 */
export function declaredMsOf(startNanos: bigint, nowMs: number): number {
  const startMs = Math.min(Number(startNanos / 1_000_000n), nowMs);
  return Math.floor(startMs / HOUR_MS) * HOUR_MS;
}

/** The family as the merge script takes it. */
export function familyText({ type, help, unit, mode, bounds, native, declaredMs }: Family): string {
  return JSON.stringify({
    type,
    ...(help === '' ? {} : { help }),
    ...(unit === '' ? {} : { unit }),
    ...(mode === undefined ? {} : { mode }),
    ...(bounds === undefined ? {} : { bounds }),
    ...(native === undefined ? {} : { native }),
    declared: declaredMs,
    explain: true,
  });
}
