import type { Label } from '@redmeter/metric-format';
import type { Attribute } from './attributes.js';

/** How a sum or a histogram counts: since the last point, since the start, or not said. */
export type Temporality = 'delta' | 'cumulative' | 'unspecified';

/** What every point has. Times are nanoseconds since the epoch, 0n where the sender gave none. */
interface PointBase {
  readonly attributes: readonly Attribute[];
  readonly startNanos: bigint;
  readonly timeNanos: bigint;
  /** The sender says that there is no value. */
  readonly isWithoutValue: boolean;
  readonly exemplars: readonly OtlpExemplar[];
}

/** One measurement that went into a point. */
export interface OtlpExemplar {
  readonly timeNanos: bigint;
  readonly value: number;
  /** At least one, at most 128 characters of names and values together. */
  readonly labels: readonly Label[];
}

/** A point of a gauge or a sum; `value` is undefined if none was sent. */
export interface NumberPoint extends PointBase {
  readonly value: number | undefined;
}

/** A point of a histogram with bounds. */
export interface HistogramPoint extends PointBase {
  readonly count: number;
  readonly sum: number | undefined;
  readonly bucketCounts: readonly number[];
  readonly bounds: readonly number[];
}

/** Buckets `offset`, `offset + 1`, …, of which bucket i holds values in (base^i, base^(i+1)]. */
export interface ExponentialBuckets {
  readonly offset: number;
  readonly counts: readonly number[];
}

/** A point of an exponential histogram, with base = 2^(2^-scale). */
export interface ExponentialPoint extends PointBase {
  readonly count: number;
  readonly sum: number | undefined;
  readonly scale: number;
  readonly zeroCount: number;
  readonly zeroThreshold: number;
  readonly positive: ExponentialBuckets;
  readonly negative: ExponentialBuckets;
}

/** The points of a metric. */
export type MetricData =
  | { readonly kind: 'gauge'; readonly points: readonly NumberPoint[] }
  | {
      readonly kind: 'sum';
      readonly isMonotonic: boolean;
      readonly temporality: Temporality;
      readonly points: readonly NumberPoint[];
    }
  | { readonly kind: 'histogram'; readonly temporality: Temporality; readonly points: readonly HistogramPoint[] }
  | { readonly kind: 'exponential'; readonly temporality: Temporality; readonly points: readonly ExponentialPoint[] }
  /** Summaries, whose quantiles cannot be added up, and kinds that are not known here. */
  | { readonly kind: 'unsupported'; readonly what: string; readonly pointCount: number };

/** The library that recorded a metric. */
export interface OtlpScope {
  readonly name: string;
  readonly version: string;
  readonly attributes: readonly Attribute[];
}

/** A metric of one resource. */
export interface OtlpMetric {
  readonly resource: readonly Attribute[];
  readonly scope: OtlpScope;
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly data: MetricData;
}
