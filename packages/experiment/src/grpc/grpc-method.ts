import protobuf from 'protobufjs';
import { ExperimentError } from '../experiment-error.js';
import { nearestName } from '../spec/nearest-name.js';

/** A method of a service, ready to be called. */
export type GrpcMethod = {
  /** Its HTTP/2 path, `/package.Service/Method`. */
  readonly path: string;
  /** Its names without the package, and those of its messages. */
  readonly serviceName: string;
  readonly methodName: string;
  readonly outputName: string;
  readonly requestType: protobuf.Type;
  readonly isClientStreaming: boolean;
  readonly isServerStreaming: boolean;
};

/** How a method is named: `package.Service/Method` or `package.Service.Method`. */
export const CALL_FORM = /^[./]?((?:\w+\.)*\w+)[./](\w+)$/;

/** A call taken apart: `package.Service/Method` or `package.Service.Method`, with or without a `/` or `.` before it. */
export function parseCall(call: string): { service: string; method: string } | undefined {
  const [, service, method] = CALL_FORM.exec(call) ?? [];
  return service === undefined || method === undefined ? undefined : { service, method };
}

/**
 * Finds a method among what proto files describe.
 *
 * @throws ExperimentError `task_failed`, with the names there are.
 */
export function findMethod(root: protobuf.Root, service: string, method: string): GrpcMethod {
  const found = root.lookup(service, protobuf.Service);
  if (!(found instanceof protobuf.Service)) throw unknown('service', service, serviceNames(root));
  const definition = found.methods[method];
  if (definition === undefined) throw unknown('method', method, Object.keys(found.methods));
  definition.resolve();
  if (definition.resolvedRequestType === null) throw unknown('request type', definition.requestType, []);
  return {
    path: `/${found.fullName.replace(/^\./, '')}/${method}`,
    serviceName: found.name,
    methodName: method,
    outputName: definition.resolvedResponseType?.name ?? definition.responseType,
    requestType: definition.resolvedRequestType,
    isClientStreaming: definition.requestStream ?? false,
    isServerStreaming: definition.responseStream ?? false,
  };
}

function serviceNames(namespace: protobuf.NamespaceBase): string[] {
  return namespace.nestedArray.flatMap((nested) => {
    if (nested instanceof protobuf.Service) return [nested.fullName.replace(/^\./, '')];
    return nested instanceof protobuf.Namespace ? serviceNames(nested) : [];
  });
}

function unknown(what: string, name: string, known: readonly string[]): ExperimentError {
  const nearest = nearestName(name, known);
  const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
  return new ExperimentError(
    'task_failed',
    `call: expected a ${what} of the proto file (${known.join(', ')}), got ${name}${hint}`,
  );
}
