import { ExperimentError } from '../experiment-error.js';
import { emptyInsights, type Insights } from '../result/experiment-result.js';
import type { TaskInsights } from './task-context.js';

/**
 * The insights so far, or fresh ones of so many versions.
 *
 * @throws ExperimentError `task_failed` when earlier tasks spoke of another number of versions.
 */
export function withVersions(insights: TaskInsights, numVersions: number): Insights {
  if (insights === undefined) return emptyInsights(numVersions);
  if (insights.numVersions === numVersions) return insights;
  throw new ExperimentError(
    'task_failed',
    `expected ${insights.numVersions} versions, as in the tasks before, got ${numVersions}`,
  );
}
