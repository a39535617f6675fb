import { METRIC_TYPES, READER_FAMILIES, SKIP_REASONS, type Label, type MetricType } from '@redmeter/metric-format';
import { compareBytes } from './byte-order.js';
import { labelSet } from './label-set.js';
import type { Sample, SampleFamily } from './sample-family.js';
import type { SkipCounts } from './skip-counts.js';

/** A reader's metrics about its own answer. */
export interface ReadingReport {
  /** Keys left out, by reason. */
  readonly skipped: SkipCounts;
  /** Series in the answer, by type. */
  readonly seriesByType: ReadonlyMap<MetricType, number>;
  /** Most series that an answer holds. */
  readonly maxSeries: number;
  /** Whether only the indexes were read, since the database is too large to scan. */
  readonly isScanDisabled: boolean;
  /** Names of the metrics left out because there are too many series. */
  readonly truncated: readonly string[];
  /** By metric: series left out since their names, escaped, are those of others. Default none. */
  readonly collisions?: ReadonlyMap<string, number>;
  /** When the newest series was written, in milliseconds since the epoch; undefined when it is unknown. */
  readonly lastWriteMs: number | undefined;
}

/** The families that a reader adds to its answer. */
export function reportSamples(report: ReadingReport): SampleFamily[] {
  const { skippedKeys, series, seriesLimit, scanDisabled, truncatedFamilies, escapeCollisions, lastWrite } =
    READER_FAMILIES;
  return [
    gauge(
      skippedKeys,
      SKIP_REASONS.map((reason) => [[['reason', reason]], report.skipped.of(reason)]),
    ),
    gauge(
      series,
      METRIC_TYPES.map((type) => [[['type', type]], report.seriesByType.get(type) ?? 0]),
    ),
    gauge(seriesLimit, [[[], report.maxSeries]]),
    gauge(scanDisabled, [[[], report.isScanDisabled ? 1 : 0]]),
    gauge(
      truncatedFamilies,
      report.truncated.map((family) => [[['family', family]], 1]),
    ),
    gauge(
      escapeCollisions,
      [...(report.collisions ?? [])].map(([family, count]) => [[['family', family]], count]),
    ),
    gauge(lastWrite, report.lastWriteMs === undefined ? [] : [[[], report.lastWriteMs / 1000]]),
  ].filter(({ samples }) => samples.length > 0);
}

function gauge(
  { name, help }: { readonly name: string; readonly help: string },
  values: readonly (readonly [labels: readonly Label[], value: number])[],
): SampleFamily {
  const samples = values.map(([labels, value]) => ({ name, labels: labelSet(labels), le: undefined, value }));
  return { name, type: 'gauge', help, samples: samples.sort((a, b) => compareBytes(valueOf(a), valueOf(b))) };
}

/** The value of the only label of a sample. */
function valueOf({ labels }: Sample): string {
  return labels.labels[0]?.[1] ?? '';
}
