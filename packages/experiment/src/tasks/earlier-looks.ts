import type { Insights } from '../result/experiment-result.js';
import type { TaskContext } from './task-context.js';

/**
 * The insights with the looks that an earlier run had at the same users. The metrics store goes on collecting between runs: each run judges
 * all that was judged before and more, even where it adds to no earlier result.
 */
export function withEarlierLooks(
  insights: Insights,
  { earlierInsights }: Pick<TaskContext, 'earlierInsights'>,
): Insights {
  const application = insights.assignment?.application;
  const isSame = application !== undefined && earlierInsights?.assignment?.application === application;
  if (!isSame || insights.looks !== undefined || earlierInsights.looks === undefined) return insights;
  const groups = new Set(insights.loads.flatMap((loads) => Object.keys(loads)));
  const { plannedSizes, ...looks } = earlierInsights.looks;
  // A load starts again.
  const kept = plannedSizes.map((sizes) =>
    Object.fromEntries(Object.entries(sizes).filter(([name]) => !groups.has(name))),
  );
  return { ...insights, looks: { ...looks, plannedSizes: kept } };
}
