import { expect, it } from '@jest/globals';
import { endpoints, profiles } from '../profiles.js';
import { k6Summary, type K6Summary } from '../src/k6-summary.js';
import { printedTable } from './printed-table.js';

const { smoke } = profiles;
if (smoke === undefined) throw new Error('there is no profile "smoke"');

/** What k6 reports of a run in which each endpoint got ten requests, `leave` one of them wrong. */
const metrics: K6Summary['metrics'] = Object.fromEntries<K6Summary['metrics'][string]>([
  ...endpoints.flatMap(({ name }): [string, K6Summary['metrics'][string]][] => [
    [`http_reqs{endpoint:${name}}`, { values: { count: 10, rate: 1 } }],
    [`http_req_duration{endpoint:${name}}`, { values: { med: 1.5, 'p(95)': 3, 'p(99)': 4, max: 5 } }],
    [`endpoint_errors{endpoint:${name}}`, { values: { count: name === 'leave' ? 1 : 0, rate: 0 } }],
    [`endpoint_bytes{endpoint:${name}}`, { values: { count: 200, rate: 20 } }],
  ]),
  ['http_req_duration{scenario:smoke}', { values: { med: 2, 'p(95)': 6, 'p(99)': 8, max: 9 } }],
]);
const state = { testRunDurationMs: 10_000 };

it('prints a row for each endpoint and their sum', () => {
  const text = k6Summary({ metrics, state }, 'smoke', smoke, endpoints);
  expect(text).toContain('smoke: does it work?');
  const table = printedTable(text);
  expect([...table.keys()]).toEqual([...endpoints.map(({ name }) => name), 'all']);
  expect(table.get('all')).toMatchObject({ requests: 60, errors: 1 });
  expect(text).toMatch(/^all .* 6\.0 +2\.0 +6\.0 +8\.0 +1\.2 kB$/m);
  expect(text).toContain('all within the limits');
});

it('names the limits that were crossed and the requests that were not sent', () => {
  const crossed = {
    'http_req_failed{scenario:smoke}': { values: { rate: 0.1 }, thresholds: { 'rate<=0': { ok: false } } },
    dropped_iterations: { values: { count: 3 } },
  };
  const text = k6Summary({ metrics: { ...metrics, ...crossed }, state }, 'smoke', smoke, endpoints);
  expect(text).toContain('limit crossed: http_req_failed{scenario:smoke} rate<=0');
  expect(text).toContain(`3 requests were not sent: all ${smoke.connections} connections were busy`);
  expect(text).not.toContain('all within the limits');
});

it('says so when nothing was measured', () => {
  expect(k6Summary({ metrics: {}, state }, 'smoke', smoke, endpoints)).toContain('nothing was measured');
});
