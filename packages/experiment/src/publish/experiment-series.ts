import { satisfiesAll } from '../assess/slo-verdict.js';
import { describeSlo } from '../report/report-content.js';
import type { ExperimentResult, Insights } from '../result/experiment-result.js';
import { versionLabel } from '../result/experiment-result.js';
import { loadMetrics } from '../result/load-metrics.js';
import type { SloVerdict } from '../result/slo-verdict.js';
import { isBaselineSlo } from '../result/slo.js';

/** How a run ended, as `redmeter_experiment_runs_total` counts it. */
export const RUN_OUTCOMES = ['satisfied', 'violated', 'inconclusive', 'unjudged', 'failed'] as const;

/** One of {@link RUN_OUTCOMES}. */
export type RunOutcome = (typeof RUN_OUTCOMES)[number];

/** When a run was, beside its result. */
export type RunTimes = { readonly endedAtMs: number; readonly durationMs: number };

/** The gauges that a run sets; each series also has the label `experiment`. */
export const GAUGES = {
  lastRun: {
    name: 'redmeter_experiment_last_run_timestamp_seconds',
    help: 'Time at which the latest run ended.',
    unit: 'seconds',
    labelNames: [],
  },
  duration: {
    name: 'redmeter_experiment_duration_seconds',
    help: 'Duration of the latest run.',
    unit: 'seconds',
    labelNames: [],
  },
  verdict: {
    name: 'redmeter_experiment_verdict',
    help: 'Verdict on all SLOs of the latest run: 1 satisfied, 0 inconclusive, -1 violated.',
    labelNames: ['version'],
  },
  sloVerdict: {
    name: 'redmeter_experiment_slo_verdict',
    help: 'Verdict on one SLO of the latest run: 1 satisfied, 0 inconclusive, -1 violated.',
    labelNames: ['version', 'slo'],
  },
  sloValue: {
    name: 'redmeter_experiment_slo_value',
    help: 'Value by which an SLO of the latest run was judged.',
    labelNames: ['version', 'slo'],
  },
  sloLimit: {
    name: 'redmeter_experiment_slo_limit',
    help: 'Limit of an SLO of the latest run.',
    labelNames: ['slo'],
  },
  metric: {
    name: 'redmeter_experiment_metric',
    help: 'A metric of the latest run, latencies in milliseconds.',
    labelNames: ['version', 'metric'],
  },
  winner: {
    name: 'redmeter_experiment_winner',
    help: '1 for the version that won the latest run by a metric, 0 for the others.',
    labelNames: ['version', 'metric'],
  },
} as const;

/** A value of one of {@link GAUGES}, by its key there. */
export type GaugeSample = {
  readonly gauge: keyof typeof GAUGES;
  readonly labels: Readonly<Partial<Record<'version' | 'slo' | 'metric', string>>>;
  readonly value: number;
};

const VERDICT_VALUES: Readonly<Record<SloVerdict['state'], number>> = { satisfied: 1, inconclusive: 0, violated: -1 };

/** How a run ended: `failed` before anything else, `unjudged` without SLOs, else the worst verdict. */
export function outcomeOf({ failure, insights }: ExperimentResult): RunOutcome {
  if (failure) return 'failed';
  const states = insights?.verdicts.flat().map(({ state }) => state) ?? [];
  if (states.length === 0) return 'unjudged';
  return (
    states.find((state) => state === 'violated') ?? states.find((state) => state === 'inconclusive') ?? 'satisfied'
  );
}

/** The gauges that say what a run measured and decided. */
export function gaugeSamples(result: ExperimentResult, { endedAtMs, durationMs }: RunTimes): GaugeSample[] {
  const { insights } = result;
  return [
    { gauge: 'lastRun', labels: {}, value: endedAtMs / 1000 },
    { gauge: 'duration', labels: {}, value: durationMs / 1000 },
    ...(insights === undefined
      ? []
      : [...verdictSamples(insights), ...metricSamples(insights), ...winnerSamples(insights)]),
  ];
}

function verdictSamples(insights: Insights): GaugeSample[] {
  if (insights.slos.length === 0) return [];
  const all = insights.loads.map((_, index): GaugeSample => {
    const isViolated = insights.verdicts.some((byVersion) => byVersion[index]?.state === 'violated');
    const state = isViolated ? 'violated' : satisfiesAll(insights, index) ? 'satisfied' : 'inconclusive';
    return { gauge: 'verdict', labels: { version: versionLabel(insights, index) }, value: VERDICT_VALUES[state] };
  });
  const each = insights.slos.flatMap((objective, index): GaugeSample[] => {
    const slo = describeSlo(objective);
    const judged = (insights.verdicts[index] ?? []).flatMap((verdict, version): GaugeSample[] => {
      const labels = { version: versionLabel(insights, version), slo };
      const value: GaugeSample[] =
        verdict.value === undefined ? [] : [{ gauge: 'sloValue', labels, value: verdict.value }];
      return [{ gauge: 'sloVerdict', labels, value: VERDICT_VALUES[verdict.state] }, ...value];
    });
    // Against the baseline there is no limit but what the first version shows.
    if (isBaselineSlo(objective)) return judged;
    return [{ gauge: 'sloLimit', labels: { slo }, value: objective.limit }, ...judged];
  });
  return [...all, ...each];
}

function metricSamples(insights: Insights): GaugeSample[] {
  return insights.loads.flatMap((groups, index) => {
    const version = versionLabel(insights, index);
    const loaded = Object.entries(groups).flatMap(([group, load]) =>
      loadMetrics(load).map(({ name, value }) => [`${group}/${name}`, value] as const),
    );
    const collected = Object.entries(insights.metricValues[index] ?? {});
    return [...loaded, ...collected].map(([metric, value]): GaugeSample => ({
      gauge: 'metric',
      labels: { version, metric },
      value,
    }));
  });
}

function winnerSamples(insights: Insights): GaugeSample[] {
  return insights.rewards.flatMap(({ metric, winner }) =>
    insights.loads.map((_, index): GaugeSample => ({
      gauge: 'winner',
      labels: { version: versionLabel(insights, index), metric },
      value: index === winner ? 1 : 0,
    })),
  );
}
