import { ExperimentError } from '../experiment-error.js';
import type { Assignment } from '../result/data-check.js';
import type { Insights, MetricInfo } from '../result/experiment-result.js';
import type { MetricSample } from '../result/metric-sample.js';
import type { AbnMetricsInput } from '../spec/abn-metrics-input.js';
import { nearestName } from '../spec/nearest-name.js';
import type { UserMetrics, UserTotals } from '../store/abn-metrics.js';
import type { ApplicationVersion } from '../store/application-version.js';
import type { MetricsStore } from '../store/metrics-store.js';
import type { ValueSummary } from '../store/value-summary.js';
import { covariateOf, exposedMeanSample, ratioSample, transactionMeanSample, userMeanSample } from './abn-samples.js';
import type { TaskContext, TaskInsights } from './task-context.js';
import { withVersions } from './version-count.js';

const PREFIX = 'abn/';

type Collected = { readonly value: number; readonly info: MetricInfo; readonly sample?: MetricSample };

/** Takes the metrics of the versions of an application from the metrics store, as values of back ends named `abn/…`. */
export async function collectAbnMetrics(
  input: AbnMetricsInput,
  earlier: TaskInsights,
  context: TaskContext,
): Promise<Insights> {
  const store = await context.openMetricsStore();
  try {
    const versions = await chooseVersions(store, input);
    const builds: UserMetrics[] = [];
    const options = { since: context.since?.abnMark, whole: Object.values(input.covariates ?? {}) };
    for (const version of versions) builds.push(await store.aggregateByUser(input.application, version, options));
    checkMetricNames(builds, input);
    return {
      ...withMetrics(
        withVersions(earlier, versions.length),
        versions,
        builds.map((build) => metricsOf(build, input)),
      ),
      assignment: assignmentOf(versions, builds, input, context.since?.shares),
    };
  } finally {
    await store.close();
  }
}

async function chooseVersions(
  store: MetricsStore,
  { application, versions }: AbnMetricsInput,
): Promise<readonly ApplicationVersion[]> {
  const known = await store.versions(application);
  if (known === undefined) {
    const applications = await store.applications();
    throw new ExperimentError(
      'task_failed',
      `expected application to be one of ${applications.join(', ') || 'none yet'}, got ${JSON.stringify(application)}`,
    );
  }
  return (versions ?? known.map(({ version }) => version)).map((name) => {
    const build = known.find(({ version }) => version === name);
    if (build !== undefined) return build;
    const names = known.map(({ version }) => version);
    const nearest = nearestName(name, names);
    const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
    throw new ExperimentError(
      'task_failed',
      `expected versions of ${application} to be among ${names.join(', ')}, got ${JSON.stringify(name)}${hint}`,
    );
  });
}

// A misspelt name would silently have no effect.
function checkMetricNames(
  builds: readonly UserMetrics[],
  { application, ratios = {}, covariates = {} }: AbnMetricsInput,
): void {
  const known = [...new Set(builds.flatMap(({ knownMetrics }) => knownMetrics))].sort();
  if (known.length === 0) return;
  const named = [
    ...Object.entries(ratios).flatMap(([name, { of, per }]) => [
      [`ratios.${name}.of`, of] as const,
      [`ratios.${name}.per`, per] as const,
    ]),
    ...Object.entries(covariates).flatMap(([metric, covariate]) => [
      ['covariates', metric] as const,
      [`covariates.${metric}`, covariate] as const,
    ]),
  ];
  for (const [field, metric] of named) {
    if (known.includes(metric)) continue;
    const nearest = nearestName(metric, known);
    const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
    throw new ExperimentError(
      'task_failed',
      `expected ${field} to name a metric of ${application}, one of ${known.join(', ')}, got ${JSON.stringify(metric)}${hint}`,
    );
  }
}

function metricsOf(
  { numUsers, metrics, byUser, byCountedUser }: UserMetrics,
  { ratios = {}, covariates = {} }: AbnMetricsInput,
): ReadonlyMap<string, Collected> {
  const collected = new Map<string, Collected>([
    [`${PREFIX}user-count`, { value: numUsers, info: { type: 'counter', description: 'users of the version' } }],
  ]);
  for (const [metric, { overTransactions, overUsers }] of Object.entries(metrics)) {
    const totals = byUser.get(metric) ?? NO_TOTALS;
    const covariate = covariates[metric];
    const before = covariate === undefined ? undefined : byUser.get(covariate);
    // Users are assigned to versions one by one, so that their values are independent; transactions of one user are not.
    const userMean = userMeanSample(
      totals,
      covariate === undefined ? undefined : covariateOf(covariate, totals, before ?? NO_TOTALS),
    );
    addSummary(collected, `${PREFIX}${metric}/`, overTransactions, 'transactions', transactionMeanSample(totals));
    addSummary(collected, `${PREFIX}${metric}/user-`, overUsers, 'users', userMean);
    addExposed(collected, metric, byCountedUser.get(metric) ?? NO_TOTALS, numUsers);
  }
  for (const [name, { of, per }] of Object.entries(ratios)) {
    const sample = ratioSample(byUser.get(of) ?? NO_TOTALS, byUser.get(per) ?? NO_TOTALS);
    if (sample.kind !== 'ratio' || sample.pairs.count === 0 || sample.pairs.otherMean === 0) continue;
    const info = { type: 'gauge', description: `${of} over ${per}, each summed over users` };
    collected.set(`${PREFIX}${name}/ratio`, { value: sample.pairs.mean / sample.pairs.otherMean, info, sample });
  }
  return collected;
}

const NO_TOTALS: UserTotals = new Map();

function addExposed(collected: Map<string, Collected>, metric: string, totals: UserTotals, exposed: number): void {
  if (exposed === 0) return;
  const sample = exposedMeanSample(totals, exposed);
  if (sample.kind === 'mean') {
    const info = { type: 'gauge', description: 'mean over all users of the version; of one without a value 0' };
    collected.set(`${PREFIX}${metric}/exposed-mean`, { value: sample.mean, info, sample });
  }
  collected.set(`${PREFIX}${metric}/user-share`, {
    value: totals.size / exposed,
    info: { type: 'gauge', description: 'share of the users of the version that gave it a value' },
    sample: { kind: 'proportion', successes: totals.size, trials: exposed },
  });
}

function assignmentOf(
  versions: readonly ApplicationVersion[],
  builds: readonly UserMetrics[],
  { application, ratios = {}, covariates = {} }: AbnMetricsInput,
  shares: Readonly<Record<string, number>> | undefined,
): Assignment {
  const metrics = [...new Set(builds.flatMap(({ metrics: known }) => Object.keys(known)))].sort();
  // What users were before the experiment is known of some and not of others, in each version alike or not: it is compared itself.
  const judged = metrics.filter((metric) => !Object.values(covariates).includes(metric));
  return {
    application,
    weights: versions.map(({ version, weight }) => shares?.[version] ?? weight),
    exposed: builds.map(({ numUsers }) => numUsers),
    valued: Object.fromEntries(
      judged.map((metric) => [metric, builds.map(({ byCountedUser }) => byCountedUser.get(metric)?.size ?? 0)]),
    ),
    denominators: Object.fromEntries(Object.entries(ratios).map(([name, { per }]) => [name, per])),
  };
}

function addSummary(
  collected: Map<string, Collected>,
  prefix: string,
  summary: ValueSummary,
  over: string,
  meanSample: MetricSample,
): void {
  const add = (name: string, type: string, value: number, what: string): void => {
    collected.set(`${prefix}${name}`, { value, info: { type, description: `${what} over ${over}` } });
  };
  add('count', 'counter', summary.count, 'count');
  collected.set(`${prefix}mean`, {
    value: summary.mean,
    info: { type: 'gauge', description: `mean over ${over}` },
    sample: meanSample,
  });
  add('stddev', 'gauge', summary.standardDeviation, 'standard deviation of the population');
  add('min', 'gauge', summary.min, 'minimum');
  add('max', 'gauge', summary.max, 'maximum');
}

/** The store holds totals, so its current values replace those of an earlier loop. */
function withMetrics(
  before: Insights,
  versions: readonly ApplicationVersion[],
  collected: readonly ReadonlyMap<string, Collected>[],
): Insights {
  const known = new Map(collected.flatMap((metrics) => [...metrics].map(([name, { info }]) => [name, info] as const)));
  return {
    ...before,
    versionNames: before.versionNames.map((name, version) => name ?? versions[version]?.version ?? null),
    metricsInfo: { ...before.metricsInfo, ...Object.fromEntries(known) },
    metricValues: before.metricValues.map((values, version) => ({
      ...withoutOurs(values),
      ...Object.fromEntries([...(collected[version] ?? [])].map(([name, { value }]) => [name, value])),
    })),
    metricSamples: Array.from({ length: before.numVersions }, (_, version) => ({
      ...withoutOurs(before.metricSamples?.[version] ?? {}),
      ...Object.fromEntries(
        [...(collected[version] ?? [])].flatMap(([name, { sample }]) => (sample === undefined ? [] : [[name, sample]])),
      ),
    })),
    skippedMetrics: [
      ...before.skippedMetrics.filter(({ metric }) => !metric.startsWith(PREFIX)),
      ...collected.flatMap((metrics, version) =>
        [...known.keys()]
          .filter((metric) => !metrics.has(metric))
          .map((metric) => ({ metric, version, reason: 'no transaction of this version gave it a value' })),
      ),
    ],
  };
}

function withoutOurs<T>(byName: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(byName).filter(([name]) => !name.startsWith(PREFIX)));
}
