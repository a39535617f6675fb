// Load on the demo store by k6: k6 run load-test.js
//   PROFILE   smoke (default), load, stress or spike
//   BASE_URL  where the store answers, default http://localhost:5050
// k6's exit code: 0 all within the limits; 99 a limit was crossed; 107 wrong PROFILE or BASE_URL; 108 no store there.
import { check } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';
import { Counter } from 'k6/metrics';
import { endpoints, profiles } from './profiles.js';
import { requestMix } from './src/request-mix.js';
import { resultTable } from './src/result-table.js';

const profileName = setting('PROFILE', 'smoke');
const baseUrl = setting('BASE_URL', 'http://localhost:5050');
const profile = chosenProfile();
if (!/^https?:\/\/[^/]+$/.test(baseUrl)) {
  throw new Error(`BASE_URL: expected http://host:port without a path, got "${baseUrl}"`);
}

const mix = requestMix(endpoints);
const bytes = new Counter('endpoint_bytes');
const unexpected = new Counter('endpoint_errors');

/** @type {Record<string, string[]>} */
const thresholds = {
  // Of the scenario alone, not of setup. A request has failed when its status is not the expected one.
  [`http_req_failed{scenario:${profileName}}`]: [`rate<=${profile.limits.errorRate}`],
  [`http_req_duration{scenario:${profileName}}`]: [`p(95)<${profile.limits.p95Ms}`, `p(99)<${profile.limits.p99Ms}`],
};
for (const { name } of endpoints) {
  // Always true: k6 reports a metric by tag only when a threshold names it.
  thresholds[`http_reqs{endpoint:${name}}`] = ['count>=0'];
  thresholds[`http_req_duration{endpoint:${name}}`] = ['max>=0'];
  thresholds[`endpoint_bytes{endpoint:${name}}`] = ['count>=0'];
  thresholds[`endpoint_errors{endpoint:${name}}`] = ['count>=0'];
}

export const options = {
  scenarios: {
    [profileName]: {
      // The rate does not sink when the store slows down, so its slowness is measured and not hidden.
      executor: 'ramping-arrival-rate',
      startRate: profile.stages[0]?.requestsPerSecond ?? 0,
      timeUnit: '1s',
      preAllocatedVUs: profile.connections,
      maxVUs: profile.connections,
      // Steps: a stage of no length sets the rate, the next one holds it.
      stages: profile.stages.flatMap(({ seconds, requestsPerSecond }) => [
        { duration: '0s', target: requestsPerSecond },
        { duration: `${seconds}s`, target: requestsPerSecond },
      ]),
    },
  },
  thresholds,
  summaryTrendStats: ['med', 'p(95)', 'p(99)', 'max'],
};

export function setup() {
  const { status, error } = http.get(`${baseUrl}/healthz`);
  if (status === 200) return;
  exec.test.abort(`${baseUrl}: expected the store, got ${status === 0 ? error : `status ${status}`}`);
}

export default function () {
  const endpoint = mix[exec.scenario.iterationInTest % mix.length];
  if (endpoint === undefined) throw new Error('the mix of requests is empty');
  const { name, method, path, expectedStatus } = endpoint;
  const response = http.request(method, `${baseUrl}${path}`, null, {
    tags: { endpoint: name, name },
    responseCallback: http.expectedStatuses(expectedStatus),
  });
  const isExpected = check(
    response,
    { 'status as expected': ({ status }) => status === expectedStatus },
    { endpoint: name },
  );
  if (!isExpected) unexpected.add(1, { endpoint: name });
  bytes.add(typeof response.body === 'string' ? response.body.length : 0, { endpoint: name });
}

/**
 * What k6 hands over at the end, as far as it is used here.
 * @typedef {object} Summary
 * @property {{testRunDurationMs: number}} state
 * @property {Record<string, {values: Record<string, number>, thresholds?: Record<string, {ok: boolean}>}>} metrics
 */

/** @param {Summary} summary */
export function handleSummary({ metrics, state }) {
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
    `${profileName}: ${profile.asks}`,
    resultTable([...rows, all]),
    ...(dropped > 0 ? [`${dropped} requests were not sent: all ${profile.connections} connections were busy`] : []),
    ...(crossed.length > 0 ? crossed : [all.requests > 0 ? 'all within the limits' : 'nothing was measured']),
  ];
  return { stdout: `\n${lines.join('\n')}\n` };

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

/**
 * @param {string} name
 * @param {string} fallback also for a variable that is set to nothing
 */
function setting(name, fallback) {
  const value = __ENV[name];
  return value === undefined || value === '' ? fallback : value;
}

function chosenProfile() {
  const found = Object.hasOwn(profiles, profileName) ? profiles[profileName] : undefined;
  if (found !== undefined) return found;
  throw new Error(`PROFILE: expected one of ${Object.keys(profiles).join(', ')}, got "${profileName}"`);
}
