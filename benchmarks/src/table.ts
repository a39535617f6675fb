import type { Claim, Result } from './benchmark.js';

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

function renderClaim({ text, measured, atMost, unit }: Claim): string {
  const mark = measured <= atMost ? 'holds' : 'DOES NOT HOLD';
  return `${mark}: ${text}: ${measured.toFixed(2)}${unit} (at most ${+atMost.toFixed(2)}${unit})`;
}
