import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ExperimentError, messageOf } from '../experiment-error.js';
import type { HttpLoadPlan, LoadLimit } from '../load/http-load-engine.js';
import { BUILT_IN_GROUP } from '../result/metric-name.js';
import type { HttpEndpointInput, HttpLoadInput } from '../spec/http-load-input.js';

const DEFAULT_REQUESTS = 100;
const DEFAULT_RATE_PER_SECOND = 8;
const DEFAULT_CONNECTIONS = 4;
const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_PERCENTILES = [50, 75, 90, 95, 99, 99.9];
const PAYLOAD_TIMEOUT_MS = 30_000;

/** Statuses that are errors, both ends included. */
export type ErrorRange = { readonly lower?: number | undefined; readonly upper?: number | undefined };

/** One load of an HTTP task: one version, one endpoint, defaults resolved. */
export type HttpLoadJob = {
  readonly version: number;
  /** The group of the metrics it gives. */
  readonly group: string;
  readonly plan: HttpLoadPlan;
  /** What to send before, whose results are ignored. */
  readonly warmupLimit?: LoadLimit;
  readonly errorRanges: readonly ErrorRange[];
  readonly percentiles: readonly number[];
};

/** Resolves the inputs of an HTTP task into its loads, versions first, then endpoints in the order given. Payloads are read here, once each. */
export async function planHttpLoads(
  input: HttpLoadInput,
  runFolder: string,
  signal: AbortSignal,
): Promise<HttpLoadJob[]> {
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
      jobs.push({ version, group, ...(await resolveLoad(merged, runFolder, signal)) });
    }
  }
  return jobs;
}

async function resolveLoad(
  input: HttpEndpointInput,
  runFolder: string,
  signal: AbortSignal,
): Promise<Omit<HttpLoadJob, 'version' | 'group'>> {
  const body = await readPayload(input, runFolder, signal);
  const isPost = body !== undefined || input.contentType !== undefined;
  const rate = input.qps ?? DEFAULT_RATE_PER_SECOND;
  const warmupLimit = limitOf(input.warmupNumRequests, input.warmupDuration);
  return {
    plan: {
      url: input.url ?? '',
      method: isPost ? 'POST' : 'GET',
      headers: headersOf(input, isPost),
      ...(body === undefined ? {} : { body }),
      connections: input.connections ?? DEFAULT_CONNECTIONS,
      ratePerSecond: rate > 0 ? rate : null,
      limit: limitOf(input.numRequests, input.duration) ?? { kind: 'requests', count: DEFAULT_REQUESTS },
      timeoutMs: input.timeout ?? DEFAULT_TIMEOUT_MS,
      acceptsAnyCertificate: input.insecure ?? false,
    },
    ...(warmupLimit === undefined ? {} : { warmupLimit }),
    errorRanges: input.errorRanges ?? [{ lower: 400 }],
    percentiles: [...new Set([...DEFAULT_PERCENTILES, ...(input.percentiles ?? [])])].sort((a, b) => a - b),
  };
}

function limitOf(requests: number | undefined, durationMs: number | undefined): LoadLimit | undefined {
  if (requests !== undefined) return { kind: 'requests', count: requests };
  return durationMs === undefined ? undefined : { kind: 'duration', durationMs };
}

function headersOf(input: HttpEndpointInput, isPost: boolean): Record<string, string> {
  const own = Object.entries(input.headers ?? {});
  const has = (name: string): boolean => own.some(([given]) => given.toLowerCase() === name);
  const contentType = input.contentType ?? (isPost && !has('content-type') ? 'application/octet-stream' : undefined);
  return {
    ...(has('user-agent') ? {} : { 'User-Agent': 'redmeter' }),
    ...Object.fromEntries(own.filter(([name]) => contentType === undefined || name.toLowerCase() !== 'content-type')),
    ...(contentType === undefined ? {} : { 'Content-Type': contentType }),
  };
}

// A file is preferred to a URL, and a URL to text, as in Iter8.
async function readPayload(
  input: HttpEndpointInput,
  runFolder: string,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  if (input.payloadFile !== undefined) {
    const path = resolve(runFolder, input.payloadFile);
    try {
      return await readFile(path);
    } catch (cause) {
      throw new ExperimentError('task_failed', `payloadFile: expected a readable file, got ${messageOf(cause)}`, {
        cause,
      });
    }
  }
  if (input.payloadURL !== undefined) return fetchPayload(input.payloadURL, signal);
  return input.payloadStr === undefined ? undefined : Buffer.from(input.payloadStr);
}

async function fetchPayload(url: string, signal: AbortSignal): Promise<Buffer> {
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(PAYLOAD_TIMEOUT_MS)]) });
  } catch (cause) {
    throw new ExperimentError('task_failed', `payloadURL: expected an answer from ${url}, got ${messageOf(cause)}`, {
      cause,
    });
  }
  if (!response.ok) {
    throw new ExperimentError('task_failed', `payloadURL: expected status 200 from ${url}, got ${response.status}`);
  }
  return Buffer.from(await response.arrayBuffer());
}

// An endpoint's field that is undefined must not hide the inherited one.
function defined(input: HttpEndpointInput): Partial<HttpEndpointInput> {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
}
