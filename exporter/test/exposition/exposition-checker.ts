import { histogramProblems } from './histogram-rules.js';
import { readLine, type Format, type Sample } from './exposition-lines.js';

/** A family as the checker read it. */
export interface CheckedFamily {
  readonly name: string;
  readonly type: string;
  readonly help: string | undefined;
  readonly unit: string | undefined;
  readonly samples: readonly Sample[];
}

/** What an exposition says, and each thing wrong with it. */
export interface Checked {
  readonly problems: readonly string[];
  readonly families: readonly CheckedFamily[];
}

const TYPES: Readonly<Record<Format, Readonly<Record<string, readonly string[]>>>> = {
  text: { counter: [''], gauge: [''], untyped: [''], histogram: ['_bucket', '_sum', '_count'] },
  openmetrics: {
    counter: ['_total', '_created'],
    gauge: [''],
    unknown: [''],
    histogram: ['_bucket', '_sum', '_count', '_created'],
  },
};

interface OpenFamily {
  readonly name: string;
  readonly line: number;
  type?: string;
  help?: string;
  unit?: string;
  readonly samples: Sample[];
}

/**
 * Reads a whole exposition more strictly than any scraper: each family has one HELP and one TYPE before its samples
 * and stands in one piece, no series twice, buckets ascending and cumulative, `+Inf` equal to `_count`, valid escapes,
 * no timestamps; for OpenMetrics also its family names, UNIT and the final EOF.
 */
export function checkExposition(text: string, format: Format): Checked {
  const problems: string[] = [];
  const families: OpenFamily[] = [];
  let open: OpenFamily | undefined;
  const lines = text.split('\n');
  if (lines.pop() !== '') problems.push('no line feed at the end');
  const report = (index: number, problem: string): void => void problems.push(`line ${index + 1}: ${problem}`);

  lines.forEach((raw, index) => {
    const line = readLine(raw, format);
    if (line.kind === 'broken') report(index, line.problem);
    else if (line.kind === 'eof') {
      if (format === 'text') report(index, 'EOF in the text format');
      else if (index !== lines.length - 1) report(index, 'EOF before the end');
    } else if (line.kind === 'descriptor') {
      if (open?.name !== line.name) {
        if (families.some(({ name }) => name === line.name)) report(index, `family ${line.name} in two pieces`);
        open = { name: line.name, line: index, samples: [] };
        families.push(open);
      }
      const field = line.keyword === 'HELP' ? 'help' : line.keyword === 'TYPE' ? 'type' : 'unit';
      if (open.samples.length > 0) report(index, `${line.keyword} after samples`);
      if (open[field] !== undefined) report(index, `${line.keyword} twice`);
      open[field] = line.text;
    } else if (open === undefined || !belongsTo(line.name, open, format)) {
      const owner = families.find((family) => belongsTo(line.name, family, format));
      report(index, owner === undefined ? `${line.name} has no TYPE before it` : `family ${owner.name} in two pieces`);
    } else open.samples.push(line);
  });
  if (format === 'openmetrics' && lines.at(-1) !== '# EOF') problems.push('no EOF at the end');

  for (const family of families) {
    for (const problem of familyProblems(family, format)) problems.push(`family ${family.name}: ${problem}`);
  }
  problems.push(...duplicateProblems(families, format));
  return {
    problems,
    families: families.map(({ name, type = '', help, unit, samples }) => ({ name, type, help, unit, samples })),
  };
}

function belongsTo(sample: string, { name, type = '' }: OpenFamily, format: Format): boolean {
  return (TYPES[format][type] ?? []).some((suffix) => sample === name + suffix);
}

function familyProblems(family: OpenFamily, format: Format): string[] {
  const { name, type, help, unit, samples } = family;
  const problems: string[] = [];
  if (help === undefined) problems.push('no HELP');
  if (type === undefined) problems.push('no TYPE');
  else if (TYPES[format][type] === undefined) problems.push(`unknown type ${type}`);
  if (samples.length === 0) problems.push('no samples');
  if (unit !== undefined) {
    if (format === 'text') problems.push('UNIT in the text format');
    else if (unit === '' || !name.endsWith(`_${unit}`)) problems.push(`unit ${unit} is not the end of the name`);
  }
  if (format === 'openmetrics' && type === 'counter' && name.endsWith('_total')) {
    problems.push('a counter family whose name keeps _total');
  }
  for (const sample of samples) {
    const mayHaveExemplar =
      (type === 'counter' && sample.name.endsWith('_total')) ||
      (type === 'histogram' && sample.name === `${name}_bucket`);
    if (sample.exemplar !== undefined && !mayHaveExemplar) problems.push(`exemplar after ${sample.name}`);
    const le = sample.labels.find(([label]) => label === 'le')?.[1];
    if (le !== undefined && le !== '+Inf' && Number(sample.exemplar?.value ?? '-Inf') > Number(le)) {
      problems.push(`exemplar of ${sample.exemplar?.value ?? ''} in the bucket of ${le}`);
    }
    if (type !== 'histogram' && sample.labels.some(([label]) => label === 'le'))
      problems.push('le outside a histogram');
    if (type === 'counter' && sample.value !== '+Inf' && !(Number(sample.value) >= 0))
      problems.push(`counter value ${sample.value}`);
  }
  if (type === 'counter') problems.push(...separatedSeries(samples));
  if (type === 'histogram') problems.push(...histogramProblems(name, samples));
  return problems;
}

/** Samples of one series (`_total` and `_created`) must stand together, or a streaming parser takes them for two. */
function separatedSeries(samples: readonly Sample[]): string[] {
  const seen = new Set<string>();
  let current: string | undefined;
  const problems: string[] = [];
  for (const { labels } of samples) {
    const series = JSON.stringify(labels);
    if (series !== current && seen.has(series)) problems.push(`samples of series ${series} in two places`);
    seen.add(series);
    current = series;
  }
  return problems;
}

function duplicateProblems(families: readonly OpenFamily[], format: Format): string[] {
  const problems: string[] = [];
  const seen = new Set<string>();
  const owners = new Map<string, OpenFamily>();
  for (const family of families) {
    for (const suffix of TYPES[format][family.type ?? ''] ?? []) {
      const owner = owners.get(family.name + suffix);
      // Only what is served: `_created` takes a name from others only where it is there.
      const served = family.samples.some(({ name }) => name === family.name + suffix);
      if (owner !== undefined && served)
        problems.push(`families ${owner.name} and ${family.name} share ${family.name + suffix}`);
      if (served) owners.set(family.name + suffix, family);
    }
    for (const { name, labels } of family.samples) {
      const series = JSON.stringify([name, [...labels].sort(([a], [b]) => (a < b ? -1 : 1))]);
      if (seen.has(series)) problems.push(`series ${series} twice`);
      seen.add(series);
    }
  }
  return problems;
}
