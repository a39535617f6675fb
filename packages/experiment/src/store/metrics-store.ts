import { abnMetricsIn, type AbnMetrics } from './abn-metrics.js';
import type { AbnStorage } from './abn-storage.js';
import type { ResultStore } from './result-store.js';

/** What an adapter brings: a store of results, and storage for A/B/n that lives as long. */
export type StoreAdapter = ResultStore & { readonly abn: AbnStorage };

/** The metrics store: results of experiments by name, and the metrics of versions of applications. */
export type MetricsStore = ResultStore & AbnMetrics;

/** The metrics store on an adapter. */
export function metricsStoreIn({ abn, ...results }: StoreAdapter): MetricsStore {
  return { ...results, ...abnMetricsIn(abn) };
}
