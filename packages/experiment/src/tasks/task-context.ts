import type { GrpcLoadEngine } from '../load/grpc/grpc-load-engine.js';
import type { HttpLoadEngine } from '../load/http/http-engine.js';
import type { MetricsStore } from '../store/metrics-store.js';
import type { Insights } from '../result/experiment-result.js';
import type { MeasuredSince } from './measured-since.js';
import type { RunParts } from './run-parts.js';

/** How far a task has come; `total` is undefined while it cannot be known. */
export type TaskProgress = {
  readonly label: string;
  readonly done: number;
  readonly total?: number;
  readonly unit: string;
};

/** What a run reaches the world through. */
export type RunContext = {
  /** The folder of the experiment: files are relative to it. */
  readonly runFolder: string;
  /** A folder that is removed at the end of the run. */
  readonly temporaryFolder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly httpEngine: HttpLoadEngine;
  /** Opens the metrics store, which the task closes. */
  readonly openMetricsStore: () => Promise<MetricsStore>;
  readonly grpcEngine: GrpcLoadEngine;
  readonly reportProgress: (progress: TaskProgress) => void;
  /** Takes what a script prints. */
  readonly printOutput: (text: string) => void;
  readonly signal: AbortSignal;
  /** When the experiment began (of a loop, its first run), in ISO 8601. */
  readonly startTime: string;
  /** How many looks are planned at what this experiment measures, while it grows from run to run; 1: this run is the only one. */
  readonly plannedLooks: number;
  /** What an earlier run found in the same folder, whether or not this one adds to it: users of an application may have been judged then already. */
  readonly earlierInsights?: Insights;
  /** Where what is measured begins, when that is before this run. */
  readonly since?: MeasuredSince;
  /** The time now, in milliseconds since the epoch. */
  readonly nowMs: () => number;
  /** Receives an explanation of each metric of a back end: the request, the response, and the value found in it. */
  readonly explain?: (text: string) => void;
};

/** What tasks reach the world through. */
export type TaskContext = RunContext & {
  /** The parts of this run, for queries to back ends. */
  readonly parts: RunParts;
  /** What the loops before this run found; undefined in the first. */
  readonly earlierLoops: TaskInsights;
};

/** What a task is given and gives back; undefined while nothing is known of any version. */
export type TaskInsights = Insights | undefined;
