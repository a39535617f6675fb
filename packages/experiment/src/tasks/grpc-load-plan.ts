import { Metadata } from '@grpc/grpc-js';
import { resolve } from 'node:path';
import { ExperimentError, messageOf } from '../experiment-error.js';
import { findMethod, parseCall, type GrpcMethod } from '../grpc/grpc-method.js';
import { openGrpcClient, type GrpcTarget, type GrpcTls } from '../grpc/grpc-target.js';
import { encodeMessage } from '../grpc/message-json.js';
import { loadProto } from '../grpc/proto-files.js';
import { reflectService } from '../grpc/reflection.js';
import type { GrpcLoadPlan } from '../load/grpc/grpc-load-engine.js';
import type { LoadLimit } from '../load/load-engine.js';
import { runLoad } from '../load/run-load.js';
import { GRPC_GROUP } from '../result/metric-name.js';
import type { GrpcEndpointInput, GrpcLoadInput } from '../spec/grpc-load-input.js';
import { loadLimitOf } from './load-limit.js';
import { loadPercentiles } from './load-percentiles.js';
import type { LoadJob } from './run-load-jobs.js';
import { fetchNamedUrl, readNamedFile } from './spec-content.js';
import type { TaskContext } from './task-context.js';

const DEFAULT_TOTAL = 200;
const DEFAULT_CONCURRENCY = 50;
const DEFAULT_CONNECTIONS = 1;
const DEFAULT_TIMEOUT_MS = 20_000;
const NOT_OK = [{ lower: 1 }];

type GrpcLoadJob = LoadJob<GrpcLoadPlan>;

/**
 * Resolves the inputs of a gRPC task into its loads, versions first, then endpoints in the order given. Proto files and data are read
 * and servers are asked by reflection here.
 *
 * @throws ExperimentError `task_failed`
 */
export async function planGrpcLoads(input: GrpcLoadInput, context: TaskContext): Promise<GrpcLoadJob[]> {
  const { versionInfo, endpoints, ...base } = input;
  const groups: [string, GrpcEndpointInput][] =
    endpoints === undefined
      ? [[GRPC_GROUP, {}]]
      : Object.entries(endpoints).map(([name, endpoint]) => [`${GRPC_GROUP}-${name}`, endpoint]);
  const jobs: GrpcLoadJob[] = [];
  for (const [version, own] of (versionInfo ?? [{}]).entries()) {
    if (own === null) continue;
    for (const [group, endpoint] of groups) {
      const metadata = { ...base.metadata, ...own.metadata, ...endpoint.metadata };
      const merged = { ...base, ...defined(own), ...defined(endpoint), metadata };
      jobs.push({ version, group, ...(await resolveLoad(merged, context)) });
    }
  }
  return jobs;
}

async function resolveLoad(
  input: GrpcEndpointInput,
  context: TaskContext,
): Promise<Omit<GrpcLoadJob, 'version' | 'group'>> {
  const target = await resolveTarget(input, context);
  const metadata = metadataOf(input.metadata ?? {});
  const timeoutMs = input.timeout ?? DEFAULT_TIMEOUT_MS;
  const method = await resolveMethod(input, target, metadata, timeoutMs, context);
  const warmupLimit = loadLimitOf(input.warmupNumRequests, input.warmupDuration);
  return {
    load: (...load) => runLoad(context.grpcEngine, ...load),
    plan: {
      target,
      method,
      callMessages: messagesOf(method, await readData(input, context)),
      metadata,
      connections: input.connections ?? DEFAULT_CONNECTIONS,
      concurrency: input.concurrency ?? DEFAULT_CONCURRENCY,
      ratePerSecond: input.rps === undefined || input.rps === 0 ? null : input.rps,
      limit: limitOf(input),
      timeoutMs,
    },
    ...(warmupLimit === undefined ? {} : { warmupLimit }),
    errorRanges: NOT_OK,
    latencyFrom: input.latencyFrom ?? 'due',
    percentiles: loadPercentiles(input.percentiles),
  };
}

// A duration is preferred to a total, as in ghz, on which Iter8's task stood.
function limitOf({ total = DEFAULT_TOTAL, duration }: GrpcEndpointInput): LoadLimit {
  return duration === undefined ? { kind: 'requests', count: total } : { kind: 'duration', durationMs: duration };
}

async function resolveTarget(input: GrpcEndpointInput, context: TaskContext): Promise<GrpcTarget> {
  return {
    host: input.host ?? '',
    tls: await resolveTls(input, context),
    ...(input.authority === undefined ? {} : { authority: input.authority }),
  };
}

async function resolveTls(input: GrpcEndpointInput, { runFolder }: TaskContext): Promise<GrpcTls | null> {
  const { cacert, cert, key, cname, skipTLS = false } = input;
  const hasTlsField = skipTLS || [cacert, cert, key, cname].some((field) => field !== undefined);
  if (input.insecure ?? !hasTlsField) return null;
  return {
    acceptsAnyCertificate: skipTLS,
    ...(cacert === undefined ? {} : { rootCertificates: await readNamedFile('cacert', cacert, runFolder) }),
    ...(cname === undefined ? {} : { serverName: cname }),
    ...(cert === undefined || key === undefined
      ? {}
      : {
          client: {
            certificate: await readNamedFile('cert', cert, runFolder),
            key: await readNamedFile('key', key, runFolder),
          },
        }),
  };
}

async function resolveMethod(
  input: GrpcEndpointInput,
  target: GrpcTarget,
  metadata: Metadata,
  timeoutMs: number,
  { runFolder, signal }: TaskContext,
): Promise<GrpcMethod> {
  const { service, method } = parseCall(input.call ?? '') ?? { service: '', method: '' };
  const importFolders = (input['import-paths'] ?? []).map((folder) => resolve(runFolder, folder));
  if (input.protoURL !== undefined) {
    const root = await loadProto(input.protoURL, importFolders, (location) =>
      fetchNamedUrl('protoURL', location, signal),
    );
    return findMethod(root, service, method);
  }
  if (input.proto !== undefined) {
    const root = await loadProto(resolve(runFolder, input.proto), importFolders, (location) =>
      readNamedFile('proto', location, runFolder),
    );
    return findMethod(root, service, method);
  }
  const client = openGrpcClient(target);
  try {
    return findMethod(await reflectService(client, service, metadata, timeoutMs, signal), service, method);
  } finally {
    client.close();
  }
}

async function readData(input: GrpcEndpointInput, { runFolder, signal }: TaskContext): Promise<unknown> {
  if (input.dataURL !== undefined) return parseJson('dataURL', await fetchNamedUrl('dataURL', input.dataURL, signal));
  const file = input['data-file'];
  if (file !== undefined) return parseJson('data-file', await readNamedFile('data-file', file, runFolder));
  return input.data ?? {};
}

function parseJson(field: string, content: Buffer): unknown {
  try {
    return JSON.parse(content.toString());
  } catch (cause) {
    throw new ExperimentError('task_failed', `${field}: expected JSON, got ${messageOf(cause)}`, { cause });
  }
}

function messagesOf({ requestType, isClientStreaming }: GrpcMethod, data: unknown): Buffer[][] {
  if (!Array.isArray(data)) return [[encodeMessage(requestType, data, 'data')]];
  if (data.length === 0) throw new ExperimentError('task_failed', 'data: expected at least one message, got none');
  const messages = data.map((message, index) => encodeMessage(requestType, message, `data[${index}]`));
  return isClientStreaming ? [messages] : messages.map((message) => [message]);
}

function metadataOf(entries: Readonly<Record<string, string>>): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(entries)) {
    try {
      metadata.set(name, name.toLowerCase().endsWith('-bin') ? Buffer.from(value, 'base64') : value);
    } catch (cause) {
      // The message of grpc-js repeats the value, which may be a secret.
      throw new ExperimentError('task_failed', `metadata.${name}: expected printable ASCII, got other characters`, {
        cause,
      });
    }
  }
  return metadata;
}

// A field that is undefined must not hide the inherited one.
function defined<Fields extends object>(fields: Fields): Partial<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<Fields>;
}
