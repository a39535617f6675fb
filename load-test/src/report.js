import { resultTable } from './result-table.js';

/** @typedef {import('./endpoint-results.js').EndpointResults} EndpointResults */
/** @typedef {import('./load-run.js').RunEnd} RunEnd */
/** @typedef {import('./options.js').LoadOptions} LoadOptions */

/**
 * What to print of a run, and how to exit.
 * @param {LoadOptions} options
 * @param {EndpointResults} results
 * @param {RunEnd} end
 * @returns {{stdout: string, stderr: string, exitCode: 0 | 1}}
 */
export function report({ url, connections, stages, requests, json }, results, { seconds, connectionErrors }) {
  const { endpoints, all } = results.rows(seconds);
  const complaints = [
    ...results.complaints(),
    ...[...connectionErrors].map(([reason, times]) => `${url}: connection failed: ${reason} (${times} times)`),
    ...(all.requests === 0 ? [`${url}: expected responses, got none`] : []),
  ];
  const course = requests === undefined ? { stages } : { requests };
  return {
    stdout: json
      ? `${JSON.stringify({ url, seconds, connections, ...course, endpoints, all, complaints }, undefined, 2)}\n`
      : `${resultTable([...endpoints, all])}\n`,
    stderr: complaints.map((line) => `${line}\n`).join(''),
    exitCode: complaints.length === 0 ? 0 : 1,
  };
}
