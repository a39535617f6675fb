import { formatNumber } from '@redmeter/metric-format';
import { escapeHelp } from './escape.js';
import { metricNameText, seriesText } from './quoted-name.js';
import type { Sample, SampleFamily } from './sample-family.js';

/** The Prometheus text format (0.0.4, with names quoted where Prometheus 2 does not accept them), one element a line, without line feeds. */
export function renderTextLines(families: readonly SampleFamily[]): string[] {
  return families.flatMap(({ name, type, help, samples }) => [
    `# HELP ${metricNameText(name)} ${escapeHelp(help)}`,
    `# TYPE ${metricNameText(name)} ${type}`,
    ...samples.map((sample) => `${sampleText(sample)} ${formatNumber(sample.value)}`),
  ]);
}

/** The Prometheus text format (0.0.4), as a whole; it ends with a line feed. */
export function renderText(families: readonly SampleFamily[]): string {
  return renderTextLines(families)
    .map((line) => `${line}\n`)
    .join('');
}

function sampleText({ name, labels, le }: Sample): string {
  const bound = le === undefined ? [] : [`le="${le}"`];
  const inside = [...(labels.text === '' ? [] : [labels.text]), ...bound].join(',');
  return seriesText(name, inside);
}
