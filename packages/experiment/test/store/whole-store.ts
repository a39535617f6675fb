import { ExperimentError } from '../../src/experiment-error.js';
import type { MetricsStore } from '../../src/store/metrics-store.js';

/** All that a store holds, by reading each part of it; a result that is listed as damaged is an error. */
export async function readWholeStore(store: MetricsStore): Promise<unknown> {
  const results = await store.list();
  const names = results.map(({ name }) => name);
  // As "redmeter results list" ends.
  const damaged = results.find(({ kind }) => kind === 'damaged');
  if (damaged !== undefined) throw new ExperimentError('store_unavailable', `expected ${damaged.name} whole`);
  const applications = await store.applications();
  const metrics = [];
  for (const application of applications) {
    metrics.push(await store.versions(application));
    for (const build of await store.builds(application)) metrics.push(await store.aggregate(application, build));
  }
  return { names, results, applications, metrics };
}
