import { readBackendTemplate, type BackendQuery, type MetricScope } from '../backends/backend-template.js';
import { ExperimentError } from '../experiment-error.js';
import type { CollectMetricsInput } from '../spec/collect-metrics-input.js';
import type { TemplateValues } from '../template/fill-template.js';
import type { MetricTemplate } from './metric-templates.js';
import type { RunPart } from './run-part.js';

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_FLUSH_INTERVAL_MS = 5000;

/** A back end and what its counts are to cover. */
export type ScopedBackend = {
  readonly over: MetricScope;
  /** Of a Redis that counts the run: its URL. */
  readonly redisUrl?: string;
  readonly settleMs: number;
  readonly timeoutMs: number;
};

/** What a back end counts, by the task, else by the template; `startingTime` counts from then. */
export function scopeOf(
  input: CollectMetricsInput,
  query: BackendQuery,
  values: Readonly<Record<string, unknown>>,
): ScopedBackend {
  const timeoutMs = input.timeout ?? DEFAULT_TIMEOUT_MS;
  if (isRedisUrl(query.url)) {
    const over = input.over ?? query.over ?? 'run';
    const settleMs = input.settle ?? DEFAULT_FLUSH_INTERVAL_MS;
    return { over, ...(over === 'run' ? { redisUrl: query.url } : {}), settleMs, timeoutMs };
  }
  const canCountRun = query.over === 'run' && values['startingTime'] === undefined;
  return { over: canCountRun ? (input.over ?? 'run') : 'total', settleMs: input.settle ?? 0, timeoutMs };
}

/** Whether a back end is a Redis. */
export function isRedisUrl(url: string): boolean {
  return /^rediss?:/.test(url);
}

/** Fills a template in for a time that is not known yet, to find out which back end it asks. */
export function readForScope({ text, file }: MetricTemplate, values: Readonly<Record<string, unknown>>): BackendQuery {
  return readBackendTemplate(text, file, {
    ...values,
    ...timeValues({ startMs: 0, endMs: 1000, lastedMs: 1000 }, 1000),
    elapsedTimeSeconds: 1,
  });
}

/**
 * The time that counts cover, as templates name it: `runStart` and `runEnd` (RFC 3339), `runSeconds` (rounded up, at least 1) and
 * `secondsSinceRun`.
 */
export function timeValues(
  { startMs, endMs, lastedMs }: Pick<RunPart, 'startMs' | 'endMs' | 'lastedMs'>,
  nowMs: number,
): TemplateValues {
  return {
    runStart: new Date(startMs).toISOString(),
    runEnd: new Date(endMs).toISOString(),
    runSeconds: Math.max(1, Math.ceil(lastedMs / 1000)),
    secondsSinceRun: Math.max(0, Math.floor((nowMs - endMs) / 1000)),
  };
}

/** Milliseconds since the epoch. @throws ExperimentError `task_failed` when it is no time. */
export function startMsOf(startingTime: unknown): number {
  const startMs = typeof startingTime === 'string' ? Date.parse(startingTime) : NaN;
  if (Number.isNaN(startMs)) {
    throw new ExperimentError(
      'task_failed',
      `expected startingTime to be a time such as 2026-11-20T12:00:00Z, got ${JSON.stringify(startingTime)}`,
    );
  }
  return startMs;
}
