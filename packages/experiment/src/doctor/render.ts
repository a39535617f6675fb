import type { Extent } from './examine.js';
import { counted, SEVERITIES, size, type Finding } from './finding.js';

const MAX_EXAMPLES = 5;
const INDENT = ' '.repeat(9);

/** Findings as text for a terminal: what was looked at, one block a finding, and how many there are. */
export function renderFindings(
  { shown, prefix }: { readonly shown: string; readonly prefix: string },
  extent: Extent,
  findings: readonly Finding[],
): string {
  const lines = [...head(shown, prefix, extent), '', ...findings.flatMap(block), summary(findings), ''];
  // Names from Redis could hold what a terminal obeys.
  return lines.map((line) => line.replace(/\p{C}/gu, '?')).join('\n');
}

function head(shown: string, prefix: string, extent: Extent): string[] {
  const versions = [...new Set(extent.servers.flatMap(({ version }) => version ?? []))].join(', ');
  const nodes = extent.servers.length > 1 ? `, ${counted(extent.servers.length, 'master')}` : '';
  const memory = extent.memoryBytes === undefined ? '' : `, about ${size(extent.memoryBytes)}`;
  const all = extent.databaseKeys?.toLocaleString('en-US') ?? 'unknown';
  const lines = [
    ['redis', `${shown}${versions === '' ? '' : `, version ${versions}`}${nodes}`],
    [`${prefix}:*`, `${counted(extent.foundKeys, 'key')}, ${counted(extent.series, 'series', 'series')}${memory}`],
    [
      'seen',
      extent.isWhole
        ? `all keys of the database (${all})`
        : `${extent.visitedKeys.toLocaleString('en-US')} of ${all} keys of the database, ${extent.readKeys.toLocaleString('en-US')} read; --max-keys raises it`,
    ],
  ] as const;
  const width = Math.max(...lines.map(([name]) => name.length)) + 2;
  return lines.map(([name, text]) => `${name.padEnd(width)}${text}`);
}

function block({ severity, what, why, todo, examples = [] }: Finding): string[] {
  const more = examples.length - MAX_EXAMPLES;
  return [
    `${severity.padEnd(INDENT.length)}${what}`,
    ...examples.slice(0, MAX_EXAMPLES).map((example) => `${INDENT}     ${example}`),
    ...(more > 0 ? [`${INDENT}     … and ${more.toLocaleString('en-US')} more`] : []),
    `${INDENT}why  ${why}`,
    `${INDENT}do   ${todo}`,
    '',
  ];
}

function summary(findings: readonly Finding[]): string {
  if (findings.length === 0) return 'Nothing is wrong.';
  return SEVERITIES.map((severity) => {
    return counted(findings.filter((finding) => finding.severity === severity).length, severity);
  }).join(', ');
}
