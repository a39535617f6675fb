import type { Comparison } from './comparison.js';
import type { Assignment, DataCheck } from './data-check.js';
import type { LoadSummary } from './load-summary.js';
import type { Looks } from './looks.js';
import type { MetricHistogram } from './metric-histogram.js';
import type { MetricSample } from './metric-sample.js';
import type { RewardOutcome } from './reward.js';
import type { SloVerdict } from './slo-verdict.js';
import type { Slo } from './slo.js';

/** A metric that a back end was asked for and that gave no value. */
export type SkippedMetric = { readonly metric: string; readonly version: number; readonly reason: string };

/** What is known of a metric beside its values. */
export type MetricInfo = { readonly type?: string; readonly description?: string; readonly units?: string };

/** What was measured of each version and decided about it. Lists are as long as there are versions. */
export type Insights = {
  readonly numVersions: number;
  /** Names to show; a version without one is shown by its index. */
  readonly versionNames: readonly (string | null)[];
  /** By version, then by group (`built-in`, `http-<endpoint>`). */
  readonly loads: readonly Readonly<Record<string, LoadSummary>>[];
  readonly metricsInfo: Readonly<Record<string, MetricInfo>>;
  /** By version, then by metric: the latest value a back end gave. */
  readonly metricValues: readonly Readonly<Record<string, number>>[];
  /** By version, then by metric: the independent observations behind a value in `metricValues`, if a back end reports them. */
  readonly metricSamples?: readonly Readonly<Record<string, MetricSample>>[];
  /** How users were sent to versions, of an A/B/n test. */
  readonly assignment?: Assignment;
  /** By version, then by metric: distributions that a result of Iter8 gave. */
  readonly histograms?: readonly Readonly<Record<string, MetricHistogram>>[];
  readonly skippedMetrics: readonly SkippedMetric[];
  readonly slos: readonly Slo[];
  /** By SLO, then by version. */
  readonly verdicts: readonly (readonly SloVerdict[])[];
  readonly rewards: readonly RewardOutcome[];
  readonly comparisons: readonly Comparison[];
  /** Whether the data of an A/B/n test can be compared; while one fails nothing is decided by them. */
  readonly checks?: readonly DataCheck[];
  /** How often all this was judged. */
  readonly looks?: Looks;
};

/** What became of one task. */
export type TaskOutcome = {
  readonly name: string;
  readonly state: 'completed' | 'skipped' | 'failed';
  /** Why it failed, or what it could not do although the run went on. */
  readonly reason?: string;
};

/** The result of an experiment, as it stands in `result.yaml`. */
export type ExperimentResult = {
  readonly startTime: string;
  /** How often the experiment has been run into this result. */
  readonly numLoops: number;
  /** Missing in a result of Iter8, whose spec holds it. */
  readonly numTasks?: number;
  /** Tasks completed in the latest loop; skipped ones count. */
  readonly numCompletedTasks: number;
  readonly failure: boolean;
  readonly failureReason?: string;
  readonly tasks: readonly TaskOutcome[];
  readonly insights?: Insights;
  /** The experiment that ran (of several loops, in the latest), as its author wrote it: nothing in it is taken from the environment. */
  readonly specText?: string;
};

/** Insights of so many versions of which nothing is known yet. */
export function emptyInsights(numVersions: number): Insights {
  return {
    numVersions,
    versionNames: Array.from({ length: numVersions }, () => null),
    loads: Array.from({ length: numVersions }, () => ({})),
    metricsInfo: {},
    metricValues: Array.from({ length: numVersions }, () => ({})),
    skippedMetrics: [],
    slos: [],
    verdicts: [],
    rewards: [],
    comparisons: [],
  };
}

/** How a version is shown: by its name, else by its index. */
export function versionLabel(insights: Insights, version: number): string {
  return insights.versionNames[version] ?? `version ${version}`;
}
