import type { Metadata } from '@grpc/grpc-js';
import { resolve } from 'node:path';
import { ExperimentError, messageOf } from '../experiment-error.js';
import { binaryMessages } from '../grpc/binary-messages.js';
import { callContents, type CallInput, type MessageData } from '../grpc/call-content.js';
import { callMetadata } from '../grpc/call-metadata.js';
import { descriptorSetRoot } from '../grpc/descriptor-set.js';
import { findMethod, parseCall, type GrpcMethod } from '../grpc/grpc-method.js';
import { openGrpcClient, type GrpcTarget, type GrpcTls } from '../grpc/grpc-target.js';
import { loadProto } from '../grpc/proto-files.js';
import { reflectService } from '../grpc/reflection.js';
import type { GrpcLoadPlan, GrpcStreaming } from '../load/grpc/grpc-load-engine.js';
import type { LoadLimit } from '../load/load-engine.js';
import { runLoad } from '../load/run-load.js';
import { GRPC_GROUP } from '../result/metric-name.js';
import type { GrpcEndpointInput, GrpcLoadInput } from '../spec/grpc-load-input.js';
import { metadataSchema } from '../spec/metadata-schema.js';
import { loadLimitOf } from './load-limit.js';
import { loadPercentiles } from './load-percentiles.js';
import type { LoadJob } from './run-load-jobs.js';
import { fetchNamedUrl, readNamedFile } from './spec-content.js';
import type { TaskContext } from './task-context.js';

const DEFAULT_TOTAL = 200;
const DEFAULT_CONCURRENCY = 50;
const DEFAULT_CONNECTIONS = 1;
const DEFAULT_TIMEOUT_MS = 20_000;
const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;
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
  const metadata = await readMetadata(input, context);
  const timeoutMs = input.timeout ?? DEFAULT_TIMEOUT_MS;
  const reflecting = callMetadata({ ...metadata, ...input['reflect-metadata'] });
  const method = await resolveMethod(input, target, reflecting, timeoutMs, context);
  const streaming = streamingOf(input, method);
  const warmupLimit = loadLimitOf(input.warmupNumRequests, input.warmupDuration);
  return {
    load: (...load) => runLoad(context.grpcEngine, ...load),
    plan: {
      target,
      method,
      contentOf: callContents(method, {
        data: await readMessages(input, method, context),
        metadata,
        templates: templatesOf(input),
        isPerMessage: input['stream-dynamic-messages'] ?? false,
        ...(input['stream-call-count'] === undefined ? {} : { streamCount: input['stream-call-count'] }),
      }),
      ...(streaming === undefined ? {} : { stream: streaming }),
      connections: input.connections ?? DEFAULT_CONNECTIONS,
      concurrency: input.concurrency ?? DEFAULT_CONCURRENCY,
      ratePerSecond: input.rps === undefined || input.rps === 0 ? null : input.rps,
      limit: limitOf(input),
      timeoutMs,
      connectTimeoutMs: input['connect-timeout'] ?? DEFAULT_CONNECT_TIMEOUT_MS,
    },
    senders: input.concurrency ?? DEFAULT_CONCURRENCY,
    ...(warmupLimit === undefined ? {} : { warmupLimit }),
    errorRanges: NOT_OK,
    latencyFrom: input.latencyFrom ?? 'due',
    percentiles: loadPercentiles(input.percentiles),
  };
}

// A duration is preferred to a total, as in ghz, on which Iter8's task stood.
function limitOf({ total = DEFAULT_TOTAL, duration, 'max-duration': most }: GrpcEndpointInput): LoadLimit {
  if (duration !== undefined) return { kind: 'duration', durationMs: duration };
  return { kind: 'requests', count: total, ...(most === undefined ? {} : { maxDurationMs: most }) };
}

function templatesOf(input: GrpcEndpointInput): CallInput['templates'] {
  if (input['disable-template-data'] === true) return 'off';
  return input['disable-template-functions'] === true ? 'without functions' : 'on';
}

function streamingOf(input: GrpcEndpointInput, method: GrpcMethod): GrpcStreaming | undefined {
  if (!method.isClientStreaming && !method.isServerStreaming) return undefined;
  const { 'stream-interval': interval, 'stream-call-duration': duration, 'stream-call-count': count } = input;
  if (interval === undefined && duration === undefined && count === undefined) return undefined;
  return {
    ...(interval === undefined ? {} : { intervalMs: interval }),
    ...(duration === undefined ? {} : { durationMs: duration }),
    ...(count === undefined ? {} : { receiveCount: count }),
  };
}

async function resolveTarget(input: GrpcEndpointInput, context: TaskContext): Promise<GrpcTarget> {
  return {
    host: input.host ?? '',
    tls: await resolveTls(input, context),
    ...(input.authority === undefined ? {} : { authority: input.authority }),
    ...(input.keepalive === undefined ? {} : { keepaliveMs: input.keepalive }),
    ...(input['lb-strategy'] === undefined ? {} : { loadBalancing: input['lb-strategy'] }),
    ...(input['max-recv-message-size'] === undefined ? {} : { maxReceivedBytes: input['max-recv-message-size'] }),
    ...(input['max-send-message-size'] === undefined ? {} : { maxSentBytes: input['max-send-message-size'] }),
    isCompressed: input['enable-compression'] ?? false,
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
  const descriptors = await readDescriptors(input, { runFolder, signal });
  if (descriptors !== undefined) return findMethod(descriptors, service, method);
  const client = openGrpcClient(target);
  try {
    return findMethod(await reflectService(client, service, metadata, timeoutMs, signal), service, method);
  } finally {
    client.close();
  }
}

type Reading = Pick<TaskContext, 'runFolder' | 'signal'>;

async function readDescriptors(
  input: GrpcEndpointInput,
  { runFolder, signal }: Reading,
): Promise<ReturnType<typeof descriptorSetRoot> | undefined> {
  const { protosetURL, protoset } = input;
  if (protosetURL !== undefined) {
    return descriptorSetRoot('protosetURL', await fetchNamedUrl('protosetURL', protosetURL, signal));
  }
  if (protoset === undefined) return undefined;
  return descriptorSetRoot('protoset', await readNamedFile('protoset', protoset, runFolder));
}

// Binary data are preferred to JSON, a URL to a file, and a file to what the spec holds.
async function readMessages(
  input: GrpcEndpointInput,
  { requestType }: GrpcMethod,
  { runFolder, signal }: Reading,
): Promise<MessageData> {
  const { binaryDataURL, 'binary-file': binaryFile, 'data-file': file } = input;
  const binary = (content: Buffer, field: string): MessageData => ({
    kind: 'binary',
    messages: binaryMessages(requestType, content, field),
  });
  if (binaryDataURL !== undefined) {
    return binary(await fetchNamedUrl('binaryDataURL', binaryDataURL, signal), 'binaryDataURL');
  }
  if (binaryFile !== undefined) return binary(await readNamedFile('binary-file', binaryFile, runFolder), 'binary-file');
  const dataURL = input.dataURL ?? input.JSONDataURL;
  const templates = templatesOf(input);
  if (dataURL !== undefined) return jsonData('dataURL', await fetchNamedUrl('dataURL', dataURL, signal), templates);
  if (file !== undefined) return jsonData('data-file', await readNamedFile('data-file', file, runFolder), templates);
  return { kind: 'json', value: input.data ?? {} };
}

// A text may become JSON only after its templates are filled in, if one of them is a number.
function jsonData(field: string, content: Buffer, templates: CallInput['templates']): MessageData {
  const text = content.toString();
  try {
    return { kind: 'json', value: JSON.parse(text) as unknown };
  } catch (cause) {
    if (templates !== 'off' && text.includes('{{')) return { kind: 'text', text };
    throw new ExperimentError('task_failed', `${field}: expected JSON, got ${messageOf(cause)}`, { cause });
  }
}

async function readMetadata(
  input: GrpcEndpointInput,
  { runFolder, signal }: Reading,
): Promise<Readonly<Record<string, string>>> {
  const { metadataURL, 'metadata-file': file, metadata = {} } = input;
  if (metadataURL !== undefined) {
    return { ...metadata, ...metadataIn('metadataURL', await fetchNamedUrl('metadataURL', metadataURL, signal)) };
  }
  if (file === undefined) return metadata;
  return { ...metadata, ...metadataIn('metadata-file', await readNamedFile('metadata-file', file, runFolder)) };
}

function metadataIn(field: string, content: Buffer): Readonly<Record<string, string>> {
  let json: unknown;
  try {
    json = JSON.parse(content.toString());
  } catch (cause) {
    throw new ExperimentError('task_failed', `${field}: expected JSON, got ${messageOf(cause)}`, { cause });
  }
  const parsed = metadataSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new ExperimentError('task_failed', `${field}: expected strings by name, got something else`);
}

// A field that is undefined must not hide the inherited one.
function defined<Fields extends object>(fields: Fields): Partial<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<Fields>;
}
