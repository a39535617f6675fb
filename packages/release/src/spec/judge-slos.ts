import { isBaselineSlo, slosOf, type Slo, type TaskSpec } from '@redmeter/experiment';

/** The SLOs by which tasks judge. */
export function slosOfTasks(tasks: readonly TaskSpec[]): Slo[] {
  return tasks.flatMap((task) => (task.kind === 'assess' ? slosOf(task.with) : []));
}

/** What to warn of about the SLOs of a judge, in one line: those that are not safe to ask again and again. Undefined for none. */
export function estimateWarning(tasks: readonly TaskSpec[]): string | undefined {
  const slos = slosOfTasks(tasks).filter((slo) => !isBaselineSlo(slo) && slo.confidence === undefined);
  const metrics = [...new Set(slos.map(({ metric }) => metric))];
  if (metrics.length === 0) return undefined;
  return `without confidence the estimate of each look decides, and chance can pass a bad version or fail a good one: ${metrics.join(', ')}`;
}
