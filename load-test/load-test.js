// Load on the demo store by k6: k6 run load-test.js
//   PROFILE   smoke (default), load, stress or spike
//   BASE_URL  where the store answers, default http://localhost:5050
// k6's exit code: 0 all within the limits; 99 a limit was crossed; 107 wrong PROFILE or BASE_URL; 108 no store there.
// What needs no k6 is in src/, where Node tests it.
import { check } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';
import { Counter } from 'k6/metrics';
import { endpoints, profiles } from './profiles.js';
import { k6Options, k6Settings } from './src/k6-options.js';
import { k6Summary } from './src/k6-summary.js';
import { requestMix } from './src/request-mix.js';

const { profileName, profile, baseUrl } = k6Settings(__ENV, profiles);
const mix = requestMix(endpoints);
const bytes = new Counter('endpoint_bytes');
const unexpected = new Counter('endpoint_errors');

export const options = k6Options(profileName, profile, endpoints);

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

/** @param {import('./src/k6-summary.js').K6Summary} summary */
export function handleSummary(summary) {
  return { stdout: k6Summary(summary, profileName, profile, endpoints) };
}
