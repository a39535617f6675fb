import { type Client, type ClientDuplexStream, type Metadata, type ServiceError, status } from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import descriptor from 'protobufjs/ext/descriptor/index.js';
import { ExperimentError, messageOf } from '../experiment-error.js';
import { nearestName } from '../spec/nearest-name.js';
import { descriptorRoot, type FileDescriptor } from './descriptor-set.js';

// The part of grpc/reflection/v1/reflection.proto that is used here; v1alpha has the same messages.
const protocol = protobuf.parse(
  `syntax = "proto3";
  message Request {
    oneof message_request { string file_by_filename = 3; string file_containing_symbol = 4; string list_services = 7; }
  }
  message Response {
    oneof message_response { Files file_descriptor_response = 4; Services list_services_response = 6; Refusal error_response = 7; }
  }
  message Files { repeated bytes file_descriptor_proto = 1; }
  message Services { repeated Service service = 1; }
  message Service { string name = 1; }
  message Refusal { int32 error_code = 1; string error_message = 2; }`,
  { keepCase: false },
).root;
const requestType = protocol.lookupType('Request');
const responseType = protocol.lookupType('Response');
const VERSIONS = ['v1', 'v1alpha'] as const;

type ReflectionRequest =
  { readonly fileByFilename: string } | { readonly fileContainingSymbol: string } | { readonly listServices: string };
type ReflectionResponse = {
  readonly fileDescriptorResponse?: { readonly fileDescriptorProto?: readonly Uint8Array[] };
  readonly listServicesResponse?: { readonly service?: readonly { readonly name?: string }[] };
  readonly errorResponse?: { readonly errorMessage?: string };
};

/**
 * Asks a server by reflection, version 1 or else 1alpha, for the files that describe a service.
 *
 * @param signal Gives up.
 * @throws ExperimentError `task_failed` when the server does not answer, has no reflection or does not know the service.
 */
export async function reflectService(
  client: Client,
  service: string,
  metadata: Metadata,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<protobuf.Root> {
  for (const version of VERSIONS) {
    const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
    const stream = client.makeBidiStreamRequest<ReflectionRequest, ReflectionResponse>(
      path,
      (request) => Buffer.from(requestType.encode(requestType.fromObject(request)).finish()),
      // As a plain object: a decoded message has a null for each field that did not come.
      (bytes) => responseType.toObject(responseType.decode(bytes)),
      metadata,
      { deadline: Date.now() + timeoutMs },
    );
    const cancel = (): void => stream.cancel();
    signal.addEventListener('abort', cancel);
    try {
      signal.throwIfAborted();
      return descriptorRoot(await collectFiles(stream, service));
    } catch (error) {
      if (error instanceof ExperimentError) throw error;
      if ((error as Partial<ServiceError>).code === status.UNIMPLEMENTED) continue;
      throw reflectionError(messageOf(error), error);
    } finally {
      signal.removeEventListener('abort', cancel);
      stream.on('error', () => undefined);
      stream.cancel();
    }
  }
  throw reflectionError('a server without it; name a proto file with proto or protoURL');
}

async function collectFiles(
  stream: ClientDuplexStream<ReflectionRequest, ReflectionResponse>,
  service: string,
): Promise<FileDescriptor[]> {
  const responses = stream[Symbol.asyncIterator]() as AsyncIterator<ReflectionResponse, undefined>;
  const ask = async (request: ReflectionRequest): Promise<ReflectionResponse> => {
    stream.write(request);
    const next = await responses.next();
    if (next.done === true) throw reflectionError('a stream that ended');
    return next.value;
  };
  const first = await ask({ fileContainingSymbol: service });
  if (first.errorResponse !== undefined) {
    const listed = await ask({ listServices: '' });
    const names = (listed.listServicesResponse?.service ?? []).map(({ name = '' }) => name);
    const nearest = nearestName(service, names);
    const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
    throw new ExperimentError(
      'task_failed',
      `call: expected a service of the server (${names.join(', ')}), got ${service}${hint}`,
    );
  }
  const files = new Map<string, FileDescriptor>();
  const add = (response: ReflectionResponse): void => {
    for (const bytes of response.fileDescriptorResponse?.fileDescriptorProto ?? []) {
      const file = descriptor.FileDescriptorProto.decode(bytes) as FileDescriptor;
      files.set(file.name ?? '', file);
    }
  };
  add(first);
  // Some servers send the imports along, others only when asked.
  for (;;) {
    const missing = [...files.values()].flatMap(({ dependency = [] }) => dependency).find((name) => !files.has(name));
    if (missing === undefined) return [...files.values()];
    const response = await ask({ fileByFilename: missing });
    add(response);
    if (!files.has(missing)) throw reflectionError(`no ${missing}: ${response.errorResponse?.errorMessage ?? ''}`);
  }
}

function reflectionError(got: string, cause?: unknown): ExperimentError {
  return new ExperimentError('task_failed', `expected the server to describe itself by reflection, got ${got}`, {
    cause,
  });
}
