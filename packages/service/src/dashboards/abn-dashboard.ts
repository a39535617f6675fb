import type { Build, ValueSummary } from '@redmeter/experiment';
import type { Abn } from '../abn.js';
import type { ServiceStore } from '../store/service-store.js';
import { sharedHistogram, type DashboardBucket } from './histogram.js';

/** A summary as Iter8 writes it, of the version at a place in the list of versions. */
type VersionSummary = {
  readonly Version: number;
  readonly Count: number;
  readonly Mean: number;
  readonly StdDev: number;
  readonly Min: number;
  readonly Max: number;
};

type MetricDashboard = {
  readonly HistogramsOverTransactions: DashboardBucket[];
  readonly HistogramsOverUsers: DashboardBucket[];
  readonly SummaryOverTransactions: VersionSummary[];
  readonly SummaryOverUsers: VersionSummary[];
};

type MetricValues = { readonly overTransactions: number[]; readonly sumByUser: Map<string, number> };

/** The answer to `/abnDashboard` of Iter8 1.1: each metric of an application, by version. Users without a value of a metric do not count. */
export async function abnDashboard(
  abn: Abn,
  store: ServiceStore,
  application: string,
): Promise<Record<string, MetricDashboard>> {
  const { application: name, versions } = await abn.application(application);
  const byVersion = await Promise.all(
    versions.map(async (build) => ({
      summaries: await store.metrics.aggregate(name, build),
      values: await valuesOf(store, name, build),
    })),
  );
  const metrics = [...new Set(byVersion.flatMap(({ summaries }) => Object.keys(summaries.metrics)))].sort();
  return Object.fromEntries(
    metrics.map((metric) => {
      const summaries = (over: 'overTransactions' | 'overUsers'): VersionSummary[] =>
        byVersion.flatMap((version, index) => {
          const summary = version.summaries.metrics[metric]?.[over];
          return summary === undefined ? [] : [versionSummary(index, summary)];
        });
      const histogram = (of: (values: MetricValues) => readonly number[]): DashboardBucket[] =>
        sharedHistogram(
          new Map(
            byVersion.flatMap((version, index) => {
              const values = version.values.get(metric);
              return values === undefined ? [] : [[String(index), of(values)] as const];
            }),
          ),
        );
      return [
        metric,
        {
          HistogramsOverTransactions: histogram(({ overTransactions }) => overTransactions),
          HistogramsOverUsers: histogram(({ sumByUser }) => [...sumByUser.values()]),
          SummaryOverTransactions: summaries('overTransactions'),
          SummaryOverUsers: summaries('overUsers'),
        },
      ];
    }),
  );
}

async function valuesOf(store: ServiceStore, application: string, build: Build): Promise<Map<string, MetricValues>> {
  const byMetric = new Map<string, MetricValues>();
  await store.storage.readValues(application, build, ({ metric, user, value }) => {
    const known: MetricValues = byMetric.get(metric) ?? { overTransactions: [], sumByUser: new Map<string, number>() };
    byMetric.set(metric, known);
    known.overTransactions.push(value);
    known.sumByUser.set(user, (known.sumByUser.get(user) ?? 0) + value);
  });
  return byMetric;
}

function versionSummary(index: number, { count, mean, standardDeviation, min, max }: ValueSummary): VersionSummary {
  return { Version: index, Count: count, Mean: mean, StdDev: standardDeviation, Min: min, Max: max };
}
