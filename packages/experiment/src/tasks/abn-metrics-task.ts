import { ExperimentError } from '../experiment-error.js';
import type { Insights, MetricInfo } from '../result/experiment-result.js';
import type { SampleMoments } from '../result/sample-moments.js';
import type { AbnMetricsInput } from '../spec/abn-metrics-input.js';
import { nearestName } from '../spec/nearest-name.js';
import type { BuildMetrics } from '../store/abn-metrics.js';
import type { Build } from '../store/application-version.js';
import type { MetricsStore } from '../store/metrics-store.js';
import type { ValueSummary } from '../store/value-summary.js';
import type { TaskContext, TaskInsights } from './task-context.js';
import { withVersions } from './version-count.js';

const PREFIX = 'abn/';

type Collected = { readonly value: number; readonly info: MetricInfo; readonly sample?: SampleMoments };

/** Takes the metrics of the versions of an application from the metrics store, as values of back ends named `abn/…`. */
export async function collectAbnMetrics(
  input: AbnMetricsInput,
  earlier: TaskInsights,
  context: TaskContext,
): Promise<Insights> {
  const store = await context.openMetricsStore();
  try {
    const builds = await chooseBuilds(store, input);
    const collected: ReadonlyMap<string, Collected>[] = [];
    for (const build of builds) collected.push(metricsOf(await store.aggregate(input.application, build)));
    return withMetrics(withVersions(earlier, builds.length), builds, collected);
  } finally {
    await store.close();
  }
}

async function chooseBuilds(
  store: MetricsStore,
  { application, versions }: AbnMetricsInput,
): Promise<readonly Build[]> {
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

function metricsOf({ numUsers, metrics }: BuildMetrics): ReadonlyMap<string, Collected> {
  const collected = new Map<string, Collected>([
    [`${PREFIX}user-count`, { value: numUsers, info: { type: 'counter', description: 'users of the version' } }],
  ]);
  for (const [metric, { overTransactions, overUsers }] of Object.entries(metrics)) {
    addSummary(collected, `${PREFIX}${metric}/`, overTransactions, 'transactions');
    addSummary(collected, `${PREFIX}${metric}/user-`, overUsers, 'users');
    // Users are assigned to versions one by one, so that their values are independent; transactions of one user are not.
    const mean = collected.get(`${PREFIX}${metric}/user-mean`);
    if (mean !== undefined) collected.set(`${PREFIX}${metric}/user-mean`, { ...mean, sample: sampleOf(overUsers) });
  }
  return collected;
}

function addSummary(collected: Map<string, Collected>, prefix: string, summary: ValueSummary, over: string): void {
  const add = (name: string, type: string, value: number, what: string): void => {
    collected.set(`${prefix}${name}`, { value, info: { type, description: `${what} over ${over}` } });
  };
  add('count', 'counter', summary.count, 'count');
  add('mean', 'gauge', summary.mean, 'mean');
  add('stddev', 'gauge', summary.standardDeviation, 'standard deviation of the population');
  add('min', 'gauge', summary.min, 'minimum');
  add('max', 'gauge', summary.max, 'maximum');
}

function sampleOf({ count, mean, standardDeviation }: ValueSummary): SampleMoments {
  return { count, mean, squaredDeviations: standardDeviation ** 2 * count };
}

/** The store holds totals, so what it says now replaces what it said in an earlier loop. */
function withMetrics(
  before: Insights,
  builds: readonly Build[],
  collected: readonly ReadonlyMap<string, Collected>[],
): Insights {
  const known = new Map(collected.flatMap((metrics) => [...metrics].map(([name, { info }]) => [name, info] as const)));
  return {
    ...before,
    versionNames: before.versionNames.map((name, version) => name ?? builds[version]?.version ?? null),
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
