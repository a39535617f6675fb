import { formatLe, formatNumber } from '@redmeter/metric-format';
import type { HistogramView } from '@redmeter/metric-reader';

/** The line of a sample that stands alone. */
export function sampleLine(name: string, labels: string, value: number): string {
  return labels === '' ? `${name} ${formatNumber(value)}\n` : `${name}{${labels}} ${formatNumber(value)}\n`;
}

/** The line with the time at which a series began, OpenMetrics only. */
export function createdLine(name: string, labels: string, createdMs: number): string {
  return sampleLine(`${name}_created`, labels, createdMs / 1000);
}

/** The lines of a histogram: buckets by bound, cumulative, then sum and count. */
export function histogramLines(name: string, labels: string, { count, sum, buckets }: HistogramView): string {
  const bucket = `${name}_bucket{${labels}${labels === '' ? '' : ','}le="`;
  let text = '';
  if (buckets !== undefined) {
    let cumulative = 0;
    buckets.bounds.forEach((bound, i) => {
      cumulative += buckets.counts[i] ?? 0;
      text += `${bucket}${leText(bound)}"} ${formatNumber(cumulative)}\n`;
    });
  }
  const total = formatNumber(count);
  const braced = labels === '' ? '' : `{${labels}}`;
  return `${text}${bucket}+Inf"} ${total}\n${name}_sum${braced} ${formatNumber(sum)}\n${name}_count${braced} ${total}\n`;
}

const LE_TEXTS = new Map<number, string>();
const MAX_LE_TEXTS = 10_000;

/** The text of a bound; kept, since the bounds of series are few. */
export function leText(bound: number): string {
  // Both zeros are one key of a Map, but two texts.
  if (bound === 0) return formatLe(bound);
  let text = LE_TEXTS.get(bound);
  if (text === undefined) {
    text = formatLe(bound);
    if (LE_TEXTS.size < MAX_LE_TEXTS) LE_TEXTS.set(bound, text);
  }
  return text;
}
