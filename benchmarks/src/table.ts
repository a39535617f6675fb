import { alignedColumns } from '@redmeter/stack';
import { holds, limitOf, type Claim, type Result } from './benchmark.js';

/** A result as aligned text: its table, then its claims. */
export function renderResult(result: Result): string {
  const cells = [result.columns, ...result.rows].map((row) => row.map(String));
  const [head = '', ...body] = alignedColumns(cells, 'right').split('\n');
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

function renderClaim(claim: Claim): string {
  const { text, measured, unit } = claim;
  return `${holds(claim) ? 'holds' : 'DOES NOT HOLD'}: ${text}: ${measured.toFixed(2)}${unit} (${limitOf(claim)})`;
}
