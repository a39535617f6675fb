import { formatNumber } from '@redmeter/metric-format';
import { escapeHelp } from './escape.js';
import type { Sample, SampleFamily } from './sample-family.js';

/** The Prometheus text format (0.0.4), one element a line, without line feeds. */
export function renderTextLines(families: readonly SampleFamily[]): string[] {
  return families.flatMap(({ name, type, help, samples }) => [
    `# HELP ${name} ${escapeHelp(help)}`,
    `# TYPE ${name} ${type}`,
    ...samples.map((sample) => `${seriesText(sample)} ${formatNumber(sample.value)}`),
  ]);
}

/** The Prometheus text format (0.0.4), as a whole; it ends with a line feed. */
export function renderText(families: readonly SampleFamily[]): string {
  return renderTextLines(families)
    .map((line) => `${line}\n`)
    .join('');
}

function seriesText({ name, labels, le }: Sample): string {
  const bound = le === undefined ? [] : [`le="${le}"`];
  const inside = [...(labels.text === '' ? [] : [labels.text]), ...bound].join(',');
  return inside === '' ? name : `${name}{${inside}}`;
}
