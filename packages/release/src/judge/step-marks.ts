import { setTimeout as sleep } from 'node:timers/promises';
import {
  ExperimentError,
  markRedis,
  type ExperimentSpec,
  type MarkedRedis,
  type MetricsStore,
  type RunContext,
} from '@redmeter/experiment';

// A step counts from its mark on: the sooner the better.
const RETRY_MS = 1000;

/** What a step is marked with. */
export type MarkContext = Pick<RunContext, 'runFolder' | 'environment' | 'signal' | 'nowMs'> & {
  readonly store: Pick<MetricsStore, 'mark' | 'readMark' | 'writeMark'>;
};

/** The step to be marked. */
export type StepToMark = {
  readonly application: string;
  /** The name of the mark of users and values of A/B/n, from which that of Redis follows. */
  readonly name: string;
  /** Names the moment: a mark of another one is replaced. */
  readonly id: string;
  /** When the look is due: until then it is tried again, in milliseconds since the epoch. */
  readonly dueMs: number;
};

/**
 * Marks what there is when a step begins, in all that an experiment judges by: users and values of A/B/n, and what was recorded in Redis.
 * A step that is marked already stays so. Rejects when `signal` is aborted; other failures are returned as one line.
 */
export async function markStep(spec: ExperimentSpec, step: StepToMark, context: MarkContext): Promise<MarkedRedis> {
  const { nowMs, signal } = context;
  for (;;) {
    const marked = await tryToMark(spec, step, context);
    const leftMs = step.dueMs - nowMs();
    if (marked.kind === 'marked' || leftMs <= 0) return marked;
    await sleep(Math.min(RETRY_MS, leftMs), undefined, { signal });
  }
}

async function tryToMark(
  spec: ExperimentSpec,
  { application, name, id }: StepToMark,
  context: MarkContext,
): Promise<MarkedRedis> {
  const { store } = context;
  const applications = spec.tasks.flatMap((task) => (task.kind === 'abn-metrics' ? [task.with.application] : []));
  try {
    for (const each of new Set(applications)) await store.mark(each, name, id);
    return await markRedis(spec, { store, application, name: `${name}/redis`, id }, context);
  } catch (error) {
    if (!(error instanceof ExperimentError)) throw error;
    return { kind: 'failed', reason: error.message };
  }
}
