import type { HttpLoadPlan } from './http-load-engine.js';
import { slotsOf } from './pacer.js';
import { MAX_REDIRECTS } from './redirecting-engine.js';

/** The metric that the script adds one value a request to, with the tags `status` and `error`. */
export const K6_METRIC = 'redmeter_latency';

/**
 * The script that makes k6 send what the plan says. Every request waits for a slot of its own: k6's executors of constant rate start
 * iterations that wait for a free user and count none exactly.
 */
export function k6Script(plan: HttpLoadPlan): string {
  const { limit, ratePerSecond } = plan;
  const durationMs = limit.kind === 'duration' ? limit.durationMs : null;
  const graceful = { gracefulStop: `${plan.timeoutMs}ms` };
  // k6 refuses less; the script itself looks at the time.
  const maxDuration = durationMs === null ? '1000h' : `${Math.max(1000, durationMs)}ms`;
  const slots = slotsOf(plan);
  const scenario =
    slots === undefined
      ? { executor: 'constant-vus', vus: plan.connections, duration: maxDuration, ...graceful }
      : {
          executor: 'shared-iterations',
          vus: Math.min(plan.connections, slots),
          iterations: slots,
          maxDuration,
          ...graceful,
        };
  const options = {
    scenarios: { load: scenario },
    insecureSkipTLSVerify: plan.acceptsAnyCertificate,
    discardResponseBodies: true,
    systemTags: [],
  };
  const request = {
    url: plan.url,
    method: plan.method,
    headers: plan.headers,
    body: plan.body?.toString('base64') ?? null,
    timeoutMs: plan.timeoutMs,
    maxRedirects: plan.followsRedirects === true ? MAX_REDIRECTS : 0,
    intervalMs: ratePerSecond === null ? 0 : 1000 / ratePerSecond,
    durationMs,
  };
  return `import http from 'k6/http';
import exec from 'k6/execution';
import encoding from 'k6/encoding';
import { sleep } from 'k6';
import { Trend } from 'k6/metrics';

export const options = ${JSON.stringify(options)};
const plan = ${JSON.stringify(request)};
const body = plan.body === null ? null : encoding.b64decode(plan.body);
const latency = new Trend('${K6_METRIC}', true);
const secretHeaders = ['authorization', 'cookie', 'host', 'proxy-authorization'];
const bodyHeaders = ['content-type', 'content-length', 'content-encoding'];

export default function () {
  if (plan.intervalMs > 0) {
    const waitMs = exec.scenario.startTime + exec.scenario.iterationInTest * plan.intervalMs - Date.now();
    if (waitMs > 0) sleep(waitMs / 1000);
  }
  if (plan.durationMs !== null && Date.now() - exec.scenario.startTime >= plan.durationMs) {
    if (plan.intervalMs === 0) sleep(1);
    return;
  }
  let step = { url: plan.url, method: plan.method, headers: plan.headers, body };
  let totalMs = 0;
  for (let redirects = 0; ; redirects += 1) {
    const params = { headers: step.headers, redirects: 0, timeout: plan.timeoutMs - totalMs };
    const response = http.request(step.method, step.url, step.body, params);
    totalMs += response.timings.duration;
    const location = response.headers['Location'];
    const isRedirect = location !== undefined && [301, 302, 303, 307, 308].includes(response.status);
    if (!isRedirect || plan.maxRedirects === 0) {
      latency.add(totalMs, { status: String(response.status), error: errorOf(response) });
      return;
    }
    if (redirects === plan.maxRedirects || totalMs >= plan.timeoutMs) {
      latency.add(totalMs, { status: '0', error: redirects === plan.maxRedirects ? 'too many redirects' : 'timeout' });
      return;
    }
    step = next(step, resolve(step.url, location), response.status);
  }
}

// Else k6 would print its summary between the lines that are read.
export function handleSummary() {
  return {};
}

function errorOf({ status, error, error_code: code }) {
  if (status !== 0) return '';
  return { 1050: 'timeout', 1212: 'ECONNREFUSED', 1220: 'ECONNRESET' }[code] || error || 'no answer';
}

function next(step, url, status) {
  const keepsMethod = step.method === 'GET' || status === 307 || status === 308;
  const dropped = (keepsMethod ? [] : bodyHeaders).concat(origin(url) === origin(step.url) ? [] : secretHeaders);
  const headers = {};
  for (const name of Object.keys(step.headers)) {
    if (!dropped.includes(name.toLowerCase())) headers[name] = step.headers[name];
  }
  return { url, method: keepsMethod ? step.method : 'GET', headers, body: keepsMethod ? step.body : null };
}

function origin(url) {
  return /^https?:\\/\\/[^/?#]*/i.exec(url)[0].toLowerCase();
}

function resolve(base, location) {
  if (/^https?:\\/\\//i.test(location)) return location;
  if (location.startsWith('//')) return base.slice(0, base.indexOf(':') + 1) + location;
  if (location.startsWith('/')) return origin(base) + location;
  const path = base.slice(origin(base).length).replace(/[?#].*$/, '');
  const segments = path.slice(0, path.lastIndexOf('/')).split('/');
  const [, target, rest] = /^([^?#]*)(.*)$/.exec(location);
  for (const segment of target.split('/')) {
    if (segment === '..') segments.length = Math.max(1, segments.length - 1);
    else if (segment !== '.') segments.push(segment);
  }
  return origin(base) + '/' + segments.slice(1).join('/') + rest;
}
`;
}
