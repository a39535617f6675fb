import type { ConformanceCase } from '../cases/conformance-case.js';
import type { Finding } from '../requirement.js';
import type { CaseResult, ConformanceResult } from './case-result.js';

const WORDS = { ok: 'ok', failed: 'FAILED', broken: 'BROKEN', unsupported: 'does not', skipped: 'skipped' } as const;
const WORD_WIDTH = Math.max(...Object.values(WORDS).map(({ length }) => length));

/** How a case ended, in one line; columns are as wide as the names of all cases. */
export function resultLine(result: CaseResult, cases: readonly ConformanceCase[]): string {
  const width = Math.max(...cases.map(({ name }) => name.length));
  const head = `${WORDS[result.kind].padEnd(WORD_WIDTH)}  ${result.name.padEnd(width)}`;
  return `${head}  ${detailOf(result)}`.trimEnd().replace(/\s*[\r\n]+\s*/g, ' ');
}

/** Counts of all cases, in one line. */
export function summaryLine({ writer, results }: ConformanceResult): string {
  const count = (kind: CaseResult['kind']): number => results.filter((result) => result.kind === kind).length;
  const counts = [
    `${count('ok')} ok`,
    `${count('failed')} failed`,
    ...(count('broken') > 0 ? [`${count('broken')} broken`] : []),
    ...(count('unsupported') > 0 ? [`${count('unsupported')} not supported`] : []),
    ...(count('skipped') > 0 ? [`${count('skipped')} skipped`] : []),
  ];
  const lacking = results.flatMap((result) => (result.kind === 'unsupported' ? [result.what] : []));
  const rest = lacking.length === 0 ? '' : `; it does not record ${[...new Set(lacking)].join(' or ')}`;
  return `${writer}: ${counts.join(', ')}: ${isConforming(results) ? 'it conforms' : 'it does not conform'}${rest}`;
}

/** Whether no case found a MUST broken. */
export function isConforming(results: readonly CaseResult[]): boolean {
  return (
    results.every(({ kind }) => kind === 'ok' || kind === 'unsupported') && results.some(({ kind }) => kind === 'ok')
  );
}

function detailOf(result: CaseResult): string {
  switch (result.kind) {
    case 'ok':
      return result.advice.map((finding) => `should ${findingText(finding)}`).join('; ');
    case 'failed':
      return findingText(result.finding);
    case 'broken':
      return result.problem;
    case 'unsupported':
      return `record ${result.what}`;
    case 'skipped':
      return result.why;
  }
}

function findingText({ requirements, expected, got }: Finding): string {
  return `${requirements.join(', ')}: expected ${expected}, got ${got}`;
}
