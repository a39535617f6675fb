import { formatNumber, type Exemplar } from '@redmeter/metric-format';
import type { HistogramView } from '@redmeter/metric-reader';
import { bucketExemplars } from '../../exemplars/bucket-exemplars.js';
import { exemplarText } from './exemplar-text.js';
import { leText } from './le-text.js';
import { seriesHead } from './series-head.js';

/** The line of a sample that stands alone. */
export function sampleLine(name: string, labels: string, value: number): string {
  const { bare, open } = seriesHead(name);
  return labels === '' ? `${bare} ${formatNumber(value)}\n` : `${open}${labels}} ${formatNumber(value)}\n`;
}

/** The line with the time at which a series began, OpenMetrics only. */
export function createdLine(name: string, labels: string, createdMs: number): string {
  return sampleLine(`${name}_created`, labels, createdMs / 1000);
}

/** The line of a sample with an exemplar, OpenMetrics only. */
export function sampleLineWith(exemplar: Exemplar | undefined, name: string, labels: string, value: number): string {
  return withExemplar(sampleLine(name, labels, value), exemplar);
}

function withExemplar(line: string, exemplar: Exemplar | undefined): string {
  return exemplar === undefined ? line : `${line.slice(0, -1)}${exemplarText(exemplar)}\n`;
}

/**
 * The lines of a histogram: buckets by bound, cumulative, then sum and count.
 * @param withExemplars whether the newest exemplar of each bucket stands after it, OpenMetrics only
 */
export function histogramLines(name: string, labels: string, view: HistogramView, withExemplars = false): string {
  const { count, sum, buckets } = view;
  const exemplars = withExemplars ? bucketExemplars(view) : undefined;
  const bucket = `${seriesHead(`${name}_bucket`).open}${labels}${labels === '' ? '' : ','}le="`;
  let text = '';
  if (buckets !== undefined) {
    let cumulative = 0;
    buckets.bounds.forEach((bound, i) => {
      cumulative += buckets.counts[i] ?? 0;
      text += withExemplar(`${bucket}${leText(bound)}"} ${formatNumber(cumulative)}\n`, exemplars?.[i]);
    });
  }
  const total = formatNumber(count);
  const last = withExemplar(`${bucket}+Inf"} ${total}\n`, exemplars?.[buckets?.bounds.length ?? 0]);
  return `${text}${last}${sampleLine(`${name}_sum`, labels, sum)}${sampleLine(`${name}_count`, labels, count)}`;
}
