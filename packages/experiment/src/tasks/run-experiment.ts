import { assess } from '../assess/assess.js';
import { satisfiesAll } from '../assess/slo-verdict.js';
import { ExperimentError, messageOf } from '../experiment-error.js';
import type { ExperimentResult, Insights, TaskOutcome } from '../result/experiment-result.js';
import { rewardsOf, slosOf } from '../spec/assess-input.js';
import { asksAboutSlos, evaluateCondition, type ConditionFacts } from '../spec/condition.js';
import type { ExperimentSpec, TaskSpec } from '../spec/experiment-spec.js';
import { defaultLatencyFrom } from '../spec/latency-from.js';
import { taskKindOf } from '../spec/task-kinds.js';
import { collectAbnMetrics } from './abn-metrics-task.js';
import { collectMetrics } from './collect-metrics-task.js';
import { earlyEndings } from './early-ending.js';
import { loadGrpc } from './load-grpc-task.js';
import { loadHttp } from './load-http-task.js';
import { notify } from './notify-task.js';
import { plannedLooksOf } from './planned-looks.js';
import { withEarlierLooks } from './earlier-looks.js';
import { waitUntilReady } from './ready-task.js';
import { runScript } from './run-task.js';
import type { RunContext, TaskContext, TaskInsights } from './task-context.js';
import { withVersions } from './version-count.js';
import { watchBackends } from './watch-backends.js';

/** What a run reports while it is running. */
export type RunObserver = {
  /** Called before each task that is not skipped. */
  readonly onTaskStart: (index: number, task: TaskSpec) => void;
  /** Called at the start and after each task with the result so far, which is made when it is asked for: it is as long as the experiment. */
  readonly onResult: (result: () => ExperimentResult) => Promise<void>;
};

/** The warning for a condition on SLOs before any was judged; in Iter8 they hold. */
export const NOTHING_JUDGED = 'no SLO was judged, so none is satisfied (Iter8 counts them as satisfied)';

/** Whether an SLO was judged. */
export function hasJudgedSlos(insights: TaskInsights): insights is Insights {
  return insights !== undefined && insights.slos.length > 0;
}

/** Whether all SLOs are satisfied: by all versions, or by one. Without a judged SLO nothing is satisfied. */
export function conditionFacts(insights: TaskInsights): ConditionFacts {
  const isJudged = hasJudgedSlos(insights);
  return {
    areSlosSatisfied: () => isJudged && insights.loads.every((_, version) => satisfiesAll(insights, version)),
    areSlosSatisfiedBy: (version) => isJudged && version < insights.numVersions && satisfiesAll(insights, version),
  };
}

/**
 * Runs the tasks of an experiment in order; a failed one stops the run. Never rejects for a failed task or an abort: the result contains it.
 *
 * @param earlier A result to add to (a loop); counts and latencies add up, decisions are made again.
 */
export async function runExperiment(
  spec: ExperimentSpec,
  earlier: ExperimentResult | undefined,
  runContext: RunContext,
  observer: RunObserver,
): Promise<ExperimentResult> {
  const parts = await watchBackends(spec, {
    ...runContext,
    onWait: (seconds) => runContext.printOutput(`waiting ${seconds} s for metrics that are not written yet\n`),
  });
  const context: TaskContext = { ...runContext, parts, earlierLoops: earlier?.insights };
  const outcomes: TaskOutcome[] = [];
  let numCompletedTasks = 0;
  let insights: TaskInsights = earlier?.insights;
  let failureReason: string | undefined;
  const result = (): ExperimentResult => ({
    startTime: context.startTime,
    numLoops: (earlier?.numLoops ?? 0) + 1,
    numTasks: spec.tasks.length,
    numCompletedTasks,
    failure: failureReason !== undefined,
    ...(failureReason === undefined ? {} : { failureReason }),
    tasks: [...outcomes],
    ...(insights === undefined ? {} : { insights }),
    specText: spec.text,
  });
  await observer.onResult(result);
  for (const [index, task] of spec.tasks.entries()) {
    if (task.condition !== undefined && asksAboutSlos(task.condition) && !hasJudgedSlos(insights)) {
      context.printOutput(`task ${index + 1} (${task.name}) checks SLOs: ${NOTHING_JUDGED}\n`);
    }
    const isSkipped = task.condition !== undefined && !evaluateCondition(task.condition, conditionFacts(insights));
    if (isSkipped && !context.signal.aborted) {
      outcomes.push({ name: task.name, state: 'skipped' });
      numCompletedTasks += 1;
      await observer.onResult(result);
      continue;
    }
    observer.onTaskStart(index, task);
    try {
      context.signal.throwIfAborted();
      const step = await runTask(task, { spec, index }, insights, result, context);
      context.signal.throwIfAborted();
      insights = step.insights;
      if (step.reason !== undefined) {
        context.printOutput(`task ${index + 1} (${task.name}) failed, which the spec allows: ${step.reason}\n`);
      }
      numCompletedTasks += 1;
      outcomes.push({
        name: task.name,
        state: 'completed',
        ...(step.reason === undefined ? {} : { reason: step.reason }),
      });
    } catch (error) {
      const reason = context.signal.aborted ? 'interrupted' : messageOf(error);
      outcomes.push({ name: task.name, state: 'failed', reason });
      failureReason = `task ${index + 1} (${task.name}): ${reason}`;
      await observer.onResult(result);
      if (!context.signal.aborted && !(error instanceof ExperimentError)) throw error;
      return result();
    }
    await observer.onResult(result);
  }
  return result();
}

/** Outcome of a task; `reason` is what failed although the run continues. */
type TaskStep = { readonly insights: TaskInsights; readonly reason?: string | undefined };

async function runTask(
  task: TaskSpec,
  { spec, index }: { readonly spec: ExperimentSpec; readonly index: number },
  insights: TaskInsights,
  soFar: () => ExperimentResult,
  context: TaskContext,
): Promise<TaskStep> {
  switch (task.kind) {
    case 'load-http': {
      const latencyFrom = defaultLatencyFrom(spec.dialect, task.name);
      const endings = earlyEndings(spec, index, context.plannedLooks);
      return { insights: await loadHttp({ latencyFrom, ...task.with }, insights, context, endings) };
    }
    case 'load-grpc': {
      const latencyFrom = defaultLatencyFrom(spec.dialect, task.name);
      const endings = earlyEndings(spec, index, context.plannedLooks);
      return { insights: await loadGrpc({ latencyFrom, ...task.with }, insights, context, endings) };
    }
    case 'collect-metrics':
      return { insights: await collectMetrics(task.with, insights, context) };
    case 'abn-metrics':
      return { insights: await collectAbnMetrics(task.with, insights, context) };
    case 'assess': {
      const known = withVersions(insights, insights?.numVersions ?? 1);
      // The first assessment of a run is a new look, whose decisions take the place of those of an earlier loop.
      const hasJudged = soFar().tasks.some(({ name, state }) => state === 'completed' && taskKindOf(name) === 'assess');
      return {
        insights: assess(withEarlierLooks(known, context), slosOf(task.with), rewardsOf(task.with), {
          plannedLooks: plannedLooksOf(task.with, spec, context.plannedLooks),
          isNewLook: !hasJudged,
          time: new Date(context.nowMs()).toISOString(),
        }),
      };
    }
    case 'ready':
      await waitUntilReady(task.with, context);
      return { insights };
    case 'notify':
      return { insights, reason: await notify(task.with, soFar(), context) };
    case 'run':
      await context.parts.beforeScript();
      await runScript(task.script, context);
      return { insights };
  }
}
