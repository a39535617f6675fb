/** A line of the printed table, as far as tests look at it. */
export interface PrintedRow {
  readonly requests: number;
  readonly errors: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** The rows of the result table in what a tool printed, by endpoint. */
export function printedTable(output: string): Map<string, PrintedRow> {
  const lines = output.split('\n');
  const head = lines.findIndex((line) => line.startsWith('endpoint '));
  if (head < 0) throw new Error(`no table in: ${output}`);
  const rows = new Map<string, PrintedRow>();
  for (const line of lines.slice(head + 1)) {
    const [name = '', requests, errors, requestsPerSecond, p50Ms, , p99Ms] = line.split(/ {2,}/);
    const number = (text: string | undefined): number => Number(text?.replaceAll(',', ''));
    rows.set(name, {
      requests: number(requests),
      errors: number(errors),
      requestsPerSecond: number(requestsPerSecond),
      p50Ms: number(p50Ms),
      p99Ms: number(p99Ms),
    });
    if (name === 'all') return rows;
  }
  throw new Error(`the table has no end: ${output}`);
}
