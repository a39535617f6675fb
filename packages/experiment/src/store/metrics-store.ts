import { abnMetricsIn, type AbnMetrics } from './abn-metrics.js';
import type { AbnStorage } from './abn-storage.js';
import { checkName } from './application-version.js';
import type { ReleaseStorage } from './release-storage.js';
import { ExperimentError } from '../experiment-error.js';
import { describeValue } from '../spec/schema-problems.js';
import { isResultName, type ResultStore } from './result-store.js';

/** What an adapter brings: a store of results, and storage for A/B/n and for releases that lives as long. */
export type StoreAdapter = ResultStore & { readonly abn: AbnStorage; readonly releases: ReleaseStorage };

/** The metrics store: results of experiments by name, and the metrics of versions of applications, and the records and marks of their releases. */
export type MetricsStore = ResultStore & AbnMetrics & ReleaseStorage & Pick<AbnStorage, 'readMark' | 'writeMark'>;

/** The metrics store on an adapter; a bad name of a result rejects with `invalid_usage`. */
export function metricsStoreIn({ abn, releases, ...results }: StoreAdapter): MetricsStore {
  return {
    ...results,
    async put(stored) {
      checkResultName(stored.name);
      await results.put(stored);
    },
    async get(name) {
      checkResultName(name);
      return results.get(name);
    },
    async remove(name) {
      checkResultName(name);
      return results.remove(name);
    },
    ...abnMetricsIn(abn),
    readMark: (application, name) => abn.readMark(application, name),
    async writeMark(application, name, text) {
      checkName('an application', application);
      await abn.writeMark(application, name, text);
    },
    ...releases,
    async replaceRelease(application, before, after) {
      checkName('an application', application);
      return releases.replaceRelease(application, before, after);
    },
  };
}

function checkResultName(name: unknown): void {
  if (isResultName(name)) return;
  throw new ExperimentError(
    'invalid_usage',
    `expected the name of a result to be a string of 1 to 200 characters without control characters, got ${describeValue(name)}`,
  );
}
