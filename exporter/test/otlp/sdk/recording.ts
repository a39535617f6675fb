/** Something to record with an SDK. */
export interface Recording {
  /** `exponential` is a histogram with OpenTelemetry's exponential buckets. */
  readonly kind: 'counter' | 'upDownCounter' | 'gauge' | 'histogram' | 'exponential';
  readonly name: string;
  readonly value: number;
  readonly attributes: Readonly<Record<string, string>>;
  /** The bounds of a `histogram`. */
  readonly bounds?: readonly number[];
}

/** What is recorded between two exports. */
export type Round = readonly Recording[];
