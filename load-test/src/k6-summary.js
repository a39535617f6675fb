import { resultTable } from './result-table.js';

/** @import { Endpoint, Profile } from '../profiles.js' */

/**
 * What k6 passes to `handleSummary`, as far as it is used here.
 * @typedef {object} K6Summary
 * @property {{testRunDurationMs: number}} state
 * @property {Record<string, {values: Record<string, number>, thresholds?: Record<string, {ok: boolean}>}>} metrics
 */

/**
 * The text that a k6 run ends with: a table by endpoint, and which limits were crossed.
 * @param {K6Summary} summary
 * @param {string} profileName
 * @param {Profile} profile
 * @param {readonly Endpoint[]} endpoints
 * @returns {string}
 */
export function k6Summary({ metrics, state }, profileName, profile, endpoints) {
  const seconds = state.testRunDurationMs / 1000;
  const rows = endpoints.map(({ name }) => row(name, `endpoint:${name}`));
  /** @param {'requests' | 'errors' | 'requestsPerSecond' | 'bytes'} column */
  const sum = (column) => rows.reduce((total, line) => total + line[column], 0);
  const all = {
    ...row('all', `scenario:${profileName}`),
    requests: sum('requests'),
    errors: sum('errors'),
    requestsPerSecond: sum('requestsPerSecond'),
    bytes: sum('bytes'),
  };

  const dropped = metrics['dropped_iterations']?.values['count'] ?? 0;
  const crossed = Object.entries(metrics).flatMap(([metric, { thresholds = {} }]) =>
    Object.entries(thresholds)
      .filter(([, { ok }]) => !ok)
      .map(([limit]) => `limit crossed: ${metric} ${limit}`),
  );
  const lines = [
    `${profileName}: ${profile.question}`,
    resultTable([...rows, all]),
    ...(dropped > 0 ? [`${dropped} requests were not sent: all ${profile.connections} connections were busy`] : []),
    ...(crossed.length > 0 ? crossed : [all.requests > 0 ? 'all within the limits' : 'nothing was measured']),
  ];
  return `\n${lines.join('\n')}\n`;

  /**
   * @param {string} name
   * @param {string} tag
   */
  function row(name, tag) {
    /** @param {string} metric */
    const values = (metric) => metrics[`${metric}{${tag}}`]?.values ?? {};
    const { count: requests = 0 } = values('http_reqs');
    const { med: p50 = 0, 'p(95)': p95 = 0, 'p(99)': p99 = 0 } = values('http_req_duration');
    return {
      name,
      requests,
      errors: values('endpoint_errors')['count'] ?? 0,
      requestsPerSecond: requests / seconds,
      latencyMs: { p50, p95, p99 },
      bytes: values('endpoint_bytes')['count'] ?? 0,
    };
  }
}
