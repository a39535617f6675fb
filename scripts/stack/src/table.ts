/** One line of the table that `npm start` prints. */
export interface TableRow {
  readonly part: string;
  readonly url: string;
  readonly state: string;
}

/** The rows under their headings, in columns as wide as their widest cell. */
export function renderTable(rows: readonly TableRow[]): string {
  const lines: readonly TableRow[] = [{ part: 'PART', url: 'URL', state: 'STATE' }, ...rows];
  const width = (column: 'part' | 'url'): number => Math.max(...lines.map((line) => line[column].length));
  const partWidth = width('part');
  const urlWidth = width('url');
  return lines
    .map(({ part, url, state }) => `${part.padEnd(partWidth)}  ${url.padEnd(urlWidth)}  ${state}`.trimEnd())
    .join('\n');
}
