import { ExperimentError } from '../experiment-error.js';
import type { HttpLoadPlan } from '../load/http/http-load-plan.js';
import { threadedHttpLoad } from '../load/http/threaded-http-load.js';
import { runLoad } from '../load/run-load.js';
import { BUILT_IN_GROUP } from '../result/metric-name.js';
import { withoutCredentials } from '../spec/url-credentials.js';
import { isHttpUrl } from '../spec/url-schema.js';
import type { HttpEndpointInput, HttpLoadInput } from '../spec/http-load-input.js';
import { loadLimitOf } from './load-limit.js';
import { loadPercentiles } from './load-percentiles.js';
import type { LoadJob } from './run-load-jobs.js';
import { fetchNamedUrl, readNamedFile } from './spec-content.js';
import type { TaskContext } from './task-context.js';

const DEFAULT_REQUESTS = 100;
const DEFAULT_RATE_PER_SECOND = 8;
const DEFAULT_CONNECTIONS = 4;
const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_ERROR_RANGES = [{ lower: 400 }];

type HttpLoadJob = LoadJob<HttpLoadPlan>;

/** Resolves the inputs of an HTTP task into its loads, versions first, then endpoints in the order given. Payloads are read here, once each. */
export async function planHttpLoads(input: HttpLoadInput, context: TaskContext): Promise<HttpLoadJob[]> {
  const { versionInfo, endpoints, ...base } = input;
  const versions = versionInfo ?? [{}];
  const groups: [string, HttpEndpointInput][] =
    endpoints === undefined
      ? [[BUILT_IN_GROUP, {}]]
      : Object.entries(endpoints).map(([name, endpoint]) => [`http-${name}`, endpoint]);
  const jobs: HttpLoadJob[] = [];
  for (const [version, own] of versions.entries()) {
    if (own === null) continue;
    for (const [group, endpoint] of groups) {
      const inherited = { ...base, ...own, headers: { ...base.headers, ...own.headers } };
      const merged = { ...inherited, ...defined(endpoint), headers: { ...inherited.headers, ...endpoint.headers } };
      jobs.push({ version, group, ...(await resolveLoad(merged, context)) });
    }
  }
  return jobs;
}

async function resolveLoad(
  input: HttpEndpointInput,
  context: TaskContext,
): Promise<Omit<HttpLoadJob, 'version' | 'group'>> {
  const body = await readPayload(input, context);
  const method = input.method ?? (body !== undefined || input.contentType !== undefined ? 'POST' : 'GET');
  const { threads = 1 } = input;
  const rate = input.qps ?? DEFAULT_RATE_PER_SECOND;
  const warmupLimit = loadLimitOf(input.warmupNumRequests, input.warmupDuration);
  if (!isHttpUrl(input.url ?? '')) {
    throw new ExperimentError('task_failed', 'url: expected an http:// or https:// URL, got something else');
  }
  const target = withoutCredentials(input.url ?? '');
  return {
    load: threads > 1 ? threadedHttpLoad(threads) : (...load) => runLoad(context.httpEngine, ...load),
    plan: {
      url: target.url.href,
      method,
      headers: headersOf(
        { ...input, headers: { ...target.headers, ...input.headers } },
        body !== undefined || method === 'POST',
      ),
      ...(body === undefined ? {} : { body }),
      connections: input.connections ?? DEFAULT_CONNECTIONS,
      ratePerSecond: rate > 0 ? rate : null,
      limit: loadLimitOf(input.numRequests, input.duration) ?? { kind: 'requests', count: DEFAULT_REQUESTS },
      timeoutMs: input.timeout ?? DEFAULT_TIMEOUT_MS,
      followsRedirects: input.followRedirects ?? false,
      acceptsAnyCertificate: input.insecure ?? false,
    },
    senders: input.connections ?? DEFAULT_CONNECTIONS,
    ...(warmupLimit === undefined ? {} : { warmupLimit }),
    errorRanges: input.errorRanges ?? DEFAULT_ERROR_RANGES,
    latencyFrom: input.latencyFrom ?? 'due',
    percentiles: loadPercentiles(input.percentiles),
  };
}

function headersOf(input: HttpEndpointInput, hasBody: boolean): Record<string, string> {
  const own = Object.entries(input.headers ?? {});
  const has = (name: string): boolean => own.some(([given]) => given.toLowerCase() === name);
  const contentType = input.contentType ?? (hasBody && !has('content-type') ? 'application/octet-stream' : undefined);
  return {
    ...(has('user-agent') ? {} : { 'User-Agent': 'redmeter' }),
    ...Object.fromEntries(own.filter(([name]) => contentType === undefined || name.toLowerCase() !== 'content-type')),
    ...(contentType === undefined ? {} : { 'Content-Type': contentType }),
  };
}

// A file is preferred to a URL, and a URL to text, as in Iter8.
async function readPayload(input: HttpEndpointInput, context: TaskContext): Promise<Buffer | undefined> {
  if (input.payloadFile !== undefined) return readNamedFile('payloadFile', input.payloadFile, context.runFolder);
  if (input.payloadURL !== undefined) {
    return fetchNamedUrl('payloadURL', input.payloadURL, context.signal, input.insecure);
  }
  return input.payloadStr === undefined ? undefined : Buffer.from(input.payloadStr);
}

// An endpoint's field that is undefined must not hide the inherited one.
function defined(input: HttpEndpointInput): Partial<HttpEndpointInput> {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
}
