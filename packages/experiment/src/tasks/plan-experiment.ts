import {
  effectForMeans,
  effectForRates,
  sizeForMeans,
  sizeForRates,
  type PlanAim,
} from '../assess/plan/difference-plan.js';
import { planShare } from '../assess/plan/share-plan.js';
import { describeSlo } from '../report/report-content.js';
import { GRPC_GROUP, BUILT_IN_GROUP, parseMetricName } from '../result/metric-name.js';
import { metricValueOf } from '../result/metric-value.js';
import type { Insights } from '../result/experiment-result.js';
import { isBaselineSlo, type Slo } from '../result/slo.js';
import { rewardsOf, slosOf, type AssessInput } from '../spec/assess-input.js';
import type { ExperimentSpec } from '../spec/experiment-spec.js';
import { plannedLooksOf } from './planned-looks.js';
import { plannedRequests, type PlannedRequests } from './planned-requests.js';

/** What one verdict of an experiment can decide, before it runs. */
export type VerdictPlan = {
  /** The SLO or the reward. */
  readonly verdict: string;
  /** Requests of each version that the experiment sends for it; missing where it cannot be known. */
  readonly observations?: number;
  readonly isForEveryLook: boolean;
  /** Whether the planned run can satisfy the SLO at all, or find a difference; missing where it cannot be known. */
  readonly canDecide?: boolean;
  /** The least number of requests that can satisfy the SLO. */
  readonly leastObservations?: number;
  /** The true share (of errors, or of answers beyond the limit) up to which it is satisfied and from which it is violated, with the power. */
  readonly satisfiedUpTo?: number;
  readonly violatedFrom?: number;
  /** The least difference between versions that the planned run finds with the power. */
  readonly smallestEffect?: number;
  /** The number of observations of each version that are needed to find the requested effect. */
  readonly observationsForEffect?: number;
  /** Why something is not known. */
  readonly note?: string;
};

/** Parameters of a plan. */
export type PlanQuestion = {
  readonly power: number;
  /** The effect that is to be found: an amount, or a share of the value that an earlier run found. */
  readonly effect?: { readonly kind: 'relative' | 'absolute'; readonly amount: number };
  readonly plannedLooks: number;
  /** What an earlier run found: how values vary is taken from it. */
  readonly earlier?: Insights;
};

/** How often a verdict is computed. With `stop: early` loads are judged while they run. */
type PlannedStage = { readonly looks: number; readonly isForEveryLook: boolean };

const DEFAULT_REWARD_CONFIDENCE = 0.95;

/** Tells what each verdict of an experiment with a confidence can decide. */
export function planExperiment(spec: ExperimentSpec, question: PlanQuestion): VerdictPlan[] {
  const requests = plannedRequests(spec.tasks);
  return spec.tasks.flatMap((task) => {
    if (task.kind !== 'assess') return [];
    const looks = plannedLooksOf(task.with, spec, question.plannedLooks);
    const stage = { looks, isForEveryLook: looks > 1 || task.with.stop === 'early' };
    return [
      ...slosOf(task.with)
        .filter((slo) => slo.confidence !== undefined)
        .map((slo) => planSlo(slo, requests, stage, question)),
      ...planRewards(task.with, requests, stage, question),
    ];
  });
}

function planSlo(slo: Slo, requests: PlannedRequests, stage: PlannedStage, question: PlanQuestion): VerdictPlan {
  const { looks, isForEveryLook } = stage;
  const level = slo.confidence ?? DEFAULT_REWARD_CONFIDENCE;
  if (isBaselineSlo(slo)) return planDifference(describeSlo(slo), slo.metric, level, requests, stage, question);
  const observations = requestsOf(requests, slo.metric);
  const base = {
    verdict: describeSlo(slo),
    isForEveryLook,
    ...(observations === undefined ? {} : { observations }),
  };
  const reference = parseMetricName(slo.metric);
  if (reference.source === 'backend')
    return { ...base, note: 'the number of observations in a back end is not known in advance' };
  const isPercentile = reference.kind === 'percentile' && reference.percent > 0 && reference.percent < 100;
  if (slo.bound === 'lower' || !(reference.kind === 'error-rate' || isPercentile)) {
    return { ...base, note: 'what it can decide depends on the variance of the values' };
  }
  if (observations === undefined) return { ...base, note: 'only the server limits how many requests are sent' };
  // The percentile is within the limit when the share of answers beyond it is.
  const limit = reference.kind === 'percentile' ? Number((1 - reference.percent / 100).toPrecision(12)) : slo.limit;
  const all = observations * looks;
  const found = planShare(all, limit, level, question.power, isForEveryLook ? all : undefined);
  return {
    ...base,
    canDecide: found.satisfiedUpTo !== undefined,
    ...(found.satisfiedUpTo === undefined ? {} : { satisfiedUpTo: found.satisfiedUpTo }),
    ...(found.violatedFrom === undefined ? {} : { violatedFrom: found.violatedFrom }),
    ...(found.leastTrials === undefined
      ? { note: 'no number of requests proves that none will fail; give a limit above 0' }
      : { leastObservations: found.leastTrials }),
  };
}

function planRewards(
  task: AssessInput,
  requests: PlannedRequests,
  stage: PlannedStage,
  question: PlanQuestion,
): VerdictPlan[] {
  const { max, min, winner, confidence = DEFAULT_REWARD_CONFIDENCE } = rewardsOf(task);
  if (winner === 'point') return [];
  const named = [...max.map((metric) => ['max', metric] as const), ...min.map((metric) => ['min', metric] as const)];
  return named.map(([direction, metric]) =>
    planDifference(`${direction} ${metric}`, metric, confidence, requests, stage, question),
  );
}

function planDifference(
  verdict: string,
  metric: string,
  level: number,
  requests: PlannedRequests,
  { looks, isForEveryLook }: PlannedStage,
  { power, effect, earlier }: PlanQuestion,
): VerdictPlan {
  const planned = requestsOf(requests, metric);
  const aim: PlanAim = { level, power, isForEveryLook };
  const base = { verdict, isForEveryLook, ...(planned === undefined ? {} : { observations: planned }) };
  const known = earlier === undefined ? undefined : variationOf(earlier, metric);
  if (known === undefined) return { ...base, note: 'the variance of the values is known only after a first run' };
  const size = planned === undefined ? known.observations : planned * looks;
  const wanted =
    effect === undefined ? undefined : effect.kind === 'absolute' ? effect.amount : effect.amount * known.value;
  if (known.kind === 'rate') {
    const smallest = effectForRates(size, known.value, aim);
    return {
      ...base,
      ...(smallest === undefined ? { canDecide: false } : { canDecide: true, smallestEffect: smallest }),
      ...(wanted === undefined || !(wanted > 0) || known.value + wanted > 1
        ? {}
        : { observationsForEffect: sizeForRates(known.value + wanted, known.value, aim) }),
    };
  }
  return {
    ...base,
    canDecide: true,
    smallestEffect: effectForMeans(size, known.deviation, aim),
    ...(wanted === undefined || !(wanted > 0)
      ? {}
      : { observationsForEffect: sizeForMeans(wanted, known.deviation, aim) }),
  };
}

type Variation = { readonly value: number; readonly observations: number } & (
  { readonly kind: 'rate' } | { readonly kind: 'mean'; readonly deviation: number }
);

function variationOf(insights: Insights, metric: string): Variation | undefined {
  const found = metricValueOf(insights, 0, metric);
  if (found.kind === 'load') {
    const { load, reference, value } = found;
    if (reference.kind === 'error-rate') return { kind: 'rate', value, observations: load.requests };
    if (reference.kind !== 'mean-latency') return undefined;
    const { count, squaredDeviationsMs2 } = load.latency;
    if (count < 2) return undefined;
    return { kind: 'mean', value, observations: count, deviation: Math.sqrt(squaredDeviationsMs2 / (count - 1)) };
  }
  if (found.kind !== 'backend') return undefined;
  const { sample, value } = found;
  if (sample?.kind === 'proportion') return { kind: 'rate', value, observations: sample.trials };
  if (sample?.kind !== 'mean' || sample.count < 2) return undefined;
  const deviation = Math.sqrt(sample.squaredDeviations / (sample.count - 1));
  return { kind: 'mean', value, observations: sample.count, deviation };
}

// The fewest of any version: that one is decided last.
function requestsOf(requests: PlannedRequests, metric: string): number | undefined {
  const reference = parseMetricName(metric);
  if (reference.source === 'backend') return undefined;
  const byVersion =
    requests.get(reference.group) ?? (reference.group === BUILT_IN_GROUP ? requests.get(GRPC_GROUP) : undefined);
  if (byVersion === undefined) return undefined;
  const sent = Object.values(byVersion);
  return sent.every((count): count is number => count !== undefined) ? Math.min(...sent) : undefined;
}
