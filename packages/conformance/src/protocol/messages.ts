import type { GaugeMode, MetricType } from '@redmeter/metric-format';

/** The version of the line protocol between the kit and a writer. */
export const PROTOCOL_VERSION = 1;

/** What a writer may be able to record besides the values of its types. */
export const FEATURES = ['native_histograms', 'exemplars'] as const;
export type Feature = (typeof FEATURES)[number];

/** A writer's description of itself. */
export interface Description {
  readonly protocol: typeof PROTOCOL_VERSION;
  readonly name: string;
  /** The types that it can record. */
  readonly types: readonly MetricType[];
  readonly features: readonly Feature[];
}

/** Options of a writer that the kit opens. */
export interface OpenOptions {
  readonly redis: string;
  readonly prefix: string;
  readonly ttlMs: number;
  /** How long to wait for an answer of Redis, if that can be set. */
  readonly answerTimeoutMs: number;
  /** The file of the merge script. */
  readonly script: string;
}

export interface Declaration {
  readonly type: MetricType;
  readonly name: string;
  readonly help?: string;
  readonly unit?: string;
  /** The names of its labels. */
  readonly labels?: readonly string[];
  /** Classic buckets of a histogram. */
  readonly bounds?: readonly number[];
  /** Native buckets of a histogram, for writers that have them. */
  readonly native?: NativeDeclaration;
  readonly mode?: GaugeMode;
}

/** How a histogram counts in native buckets; a writer has its own defaults for what is missing. */
export interface NativeDeclaration {
  readonly schema: number;
  readonly zeroThreshold?: number;
  readonly maxBuckets?: number;
}

export interface Recording {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Added to a counter or a gauge of mode `sum`, set for other gauges, observed for a histogram. */
  readonly value: number | 'NaN' | '+Inf' | '-Inf';
  /** Labels of its exemplar, for writers that have them. */
  readonly exemplar?: Readonly<Record<string, string>>;
}

/** Requests of the kit to a writer; each is one line and has one answer. */
export type Request =
  | { readonly do: 'describe' }
  | ({ readonly do: 'open' } & OpenOptions)
  | ({ readonly do: 'declare' } & Declaration)
  | { readonly do: 'record'; readonly recordings: readonly Recording[] }
  | { readonly do: 'flush' }
  | { readonly do: 'statistics' }
  | { readonly do: 'close' };

/** Whether everything is acknowledged or dropped; if not, the kit requests another flush. */
export interface FlushAnswer {
  readonly done: boolean;
  readonly error?: string;
}

/** Recordings of one writer, of all types together. */
export interface Statistics {
  readonly recorded: number;
  readonly flushed: number;
  readonly pending: number;
  readonly dropped: Readonly<Record<string, number>>;
  /** Values of gauges that a newer one replaced before they were sent. */
  readonly coalesced: number;
}
