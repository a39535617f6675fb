/**
 * What was measured of one endpoint, or of all.
 * @typedef {object} Row
 * @property {string} name
 * @property {number} requests answered and unanswered
 * @property {number} errors unanswered, or answered with another status than expected
 * @property {number} requestsPerSecond
 * @property {{p50: number, p95: number, p99: number}} latencyMs of those answered
 * @property {number} bytes received
 */

const columns = ['endpoint', 'requests', 'errors', 'req/s', 'p50 ms', 'p95 ms', 'p99 ms', 'received'];

/**
 * A table for people: a line for each row, numbers flush right.
 * @param {readonly Row[]} rows
 * @returns {string}
 */
export function resultTable(rows) {
  const cells = rows.map((row) => [
    row.name,
    grouped(row.requests),
    grouped(row.errors),
    row.requestsPerSecond.toFixed(1),
    ...[row.latencyMs.p50, row.latencyMs.p95, row.latencyMs.p99].map((ms) =>
      row.requests > row.errors ? ms.toFixed(1) : '-',
    ),
    size(row.bytes),
  ]);
  const widths = columns.map((column, i) => Math.max(column.length, ...cells.map((line) => (line[i] ?? '').length)));
  return [columns, ...cells]
    .map((line) =>
      line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '),
    )
    .join('\n');
}

/**
 * A count with commas. Not `toLocaleString('en-US')`: in k6 1.8 that takes the locale for a radix, and throws.
 * @param {number} count
 */
function grouped(count) {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** @param {number} bytes */
function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
