import { canonicalMetricName } from '../result/metric-name.js';
import { rewardsOf, slosOf, type AssessInput } from '../spec/assess-input.js';
import { isWarmUp, type ExperimentSpec, type TaskSpec } from '../spec/experiment-spec.js';

const MEASURING: readonly TaskSpec['kind'][] = ['load-http', 'load-grpc', 'collect-metrics', 'abn-metrics'];

/**
 * How many looks an assessment is one of: as many as its task announces, else as whoever runs the experiment plans, or as the experiment
 * itself takes when it judges the same metric again after it has measured more.
 */
export function plannedLooksOf(task: AssessInput, { tasks }: ExperimentSpec, plannedByCaller: number): number {
  const announced = task.looks ?? 1;
  if (announced > 1) return announced;
  return Math.max(plannedByCaller, looksWithin(task, tasks));
}

function looksWithin(task: AssessInput, tasks: readonly TaskSpec[]): number {
  // Where nothing is measured after the first assessment, each metric is judged at one look.
  if (!measuresAgain(tasks)) return 1;
  const asked = new Set(metricsOf(task));
  let looks = 0;
  let hasMeasured = true;
  for (const other of tasks) {
    if (MEASURING.includes(other.kind) && !isWarmUp(other)) hasMeasured = true;
    if (other.kind !== 'assess' || !hasMeasured || !metricsOf(other.with).some((metric) => asked.has(metric))) continue;
    looks += 1;
    hasMeasured = false;
  }
  return Math.max(1, looks);
}

const known = new WeakMap<readonly TaskSpec[], boolean>();

function measuresAgain(tasks: readonly TaskSpec[]): boolean {
  const found = known.get(tasks);
  if (found !== undefined) return found;
  const first = tasks.findIndex(({ kind }) => kind === 'assess');
  const isAgain = tasks.some((task, index) => index > first && MEASURING.includes(task.kind) && !isWarmUp(task));
  known.set(tasks, isAgain);
  return isAgain;
}

function metricsOf(task: AssessInput): string[] {
  const { max, min } = rewardsOf(task);
  return [...slosOf(task).map(({ metric }) => metric), ...max, ...min].map(canonicalMetricName);
}
