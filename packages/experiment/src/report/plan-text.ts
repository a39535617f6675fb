import type { VerdictPlan } from '../tasks/plan-experiment.js';
import { formatNumber, formatPercent } from './value-text.js';

/** What one verdict can decide, in a line. */
export function planLine(plan: VerdictPlan, power: number): string {
  const size =
    plan.observations === undefined ? '' : ` by ${plan.observations.toLocaleString('en-US')} requests of each version`;
  const parts = [
    ...(plan.canDecide === false && plan.leastObservations !== undefined
      ? [`cannot be satisfied; at least ${plan.leastObservations.toLocaleString('en-US')} requests are needed`]
      : plan.canDecide === false && plan.note === undefined
        ? ['cannot be decided']
        : []),
    ...(plan.satisfiedUpTo === undefined ? [] : [`satisfied up to a true share of ${share(plan.satisfiedUpTo)}`]),
    ...(plan.violatedFrom === undefined ? [] : [`violated from ${share(plan.violatedFrom)} on`]),
    ...(plan.smallestEffect === undefined ? [] : [`finds a difference of ${formatNumber(plan.smallestEffect)}`]),
    ...(plan.observationsForEffect === undefined
      ? []
      : [`the requested effect needs ${plan.observationsForEffect.toLocaleString('en-US')} of each version`]),
    ...(plan.note === undefined ? [] : [plan.note]),
  ];
  const sure =
    plan.satisfiedUpTo === undefined && plan.smallestEffect === undefined ? '' : ` (power ${formatPercent(power)})`;
  return `${plan.verdict}${size}: ${parts.join(', ')}${sure}${plan.isForEveryLook ? ', at every look' : ''}`;
}

/** Of verdicts that the planned run cannot reach: a line each, before it starts. */
export function undecidableLines(plans: readonly VerdictPlan[]): string[] {
  return plans
    .filter(({ canDecide }) => canDecide === false)
    .map(({ verdict, observations, leastObservations, note }) => {
      const sent = observations === undefined ? '' : ` with ${observations.toLocaleString('en-US')} requests`;
      const why =
        leastObservations === undefined
          ? (note ?? 'no difference is large enough')
          : `at least ${leastObservations.toLocaleString('en-US')} are needed`;
      return `this run cannot decide that ${verdict}${sent}: ${why}`;
    });
}

function share(value: number): string {
  return formatPercent(Number(value.toPrecision(2)));
}
