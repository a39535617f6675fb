import { holds, limitOf, type Claim, type Result } from './benchmark.js';

/** A result as aligned text: its table, then its claims. */
export function renderResult(result: Result): string {
  const cells = [result.columns, ...result.rows].map((row) => row.map(String));
  const widths = result.columns.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) => row.map((cell, column) => align(cell, widths[column] ?? 0, column)).join('  '));
  const [head = '', ...body] = lines;
  return [
    result.name,
    result.method,
    '',
    head,
    '-'.repeat(head.length),
    ...body,
    '',
    ...result.claims.map(renderClaim),
    '',
  ].join('\n');
}

function align(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}

function renderClaim(claim: Claim): string {
  const { text, measured, unit } = claim;
  return `${holds(claim) ? 'holds' : 'DOES NOT HOLD'}: ${text}: ${measured.toFixed(2)}${unit} (${limitOf(claim)})`;
}
