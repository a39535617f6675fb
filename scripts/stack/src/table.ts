/** One line of the table that `npm start` prints. */
export interface TableRow {
  readonly part: string;
  readonly url: string;
  readonly state: string;
}

/** The rows under their headings. */
export function renderTable(rows: readonly TableRow[]): string {
  return alignedColumns([['PART', 'URL', 'STATE'], ...rows.map(({ part, url, state }) => [part, url, state])]);
}

/**
 * Lines of cells in columns as wide as their widest cell: flush left, or from the second column on flush right, as numbers are. Also for
 * benchmarks and chaos runs. Two other tables are separate: that of text reports, whose form is given, and that of the load test,
 * which k6 runs and which can import no package.
 */
export function alignedColumns(lines: readonly (readonly string[])[], numbers: 'left' | 'right' = 'left'): string {
  const widths: number[] = [];
  for (const line of lines) {
    line.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cell.length)));
  }
  return lines
    .map((line) =>
      line
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return numbers === 'right' && column > 0 ? cell.padStart(width) : cell.padEnd(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
