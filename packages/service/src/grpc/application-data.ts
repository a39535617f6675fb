import type { BuildMetrics, MetricSummary } from '@redmeter/experiment';
import type { ApplicationVersions } from '../abn.js';

/** Count, sum, minimum, maximum and sum of squares, in the order of Iter8 0.13. */
type Iter8Summary = readonly [number, number, number, number, number];

/**
 * What `GetApplicationData` of Iter8 0.13 answers: tracks by name and metrics of versions by name. A version here is the track of its
 * name; the version of Iter8 is its signature, or its name where it has none. Values are over transactions.
 */
export function applicationData(
  { application, versions }: ApplicationVersions,
  builds: readonly BuildMetrics[],
): string {
  return JSON.stringify({
    name: application,
    tracks: Object.fromEntries(versions.map((version) => [version.version, versionName(version)])),
    versions: Object.fromEntries(builds.map((build) => [versionName(build), { metrics: summaries(build) }])),
  });
}

function versionName({ version, signature }: { readonly version: string; readonly signature: string }): string {
  return signature === '' ? version : signature;
}

function summaries({ metrics }: BuildMetrics): Record<string, Iter8Summary> {
  return Object.fromEntries(Object.entries(metrics).map(([name, summary]) => [name, iter8Summary(summary)]));
}

function iter8Summary({ overTransactions }: MetricSummary): Iter8Summary {
  const { count, mean, standardDeviation, min, max } = overTransactions;
  return [count, count * mean, min, max, count * (standardDeviation ** 2 + mean ** 2)];
}
