import { randomUUID } from 'node:crypto';
import type { GrpcMethod } from './grpc-method.js';

/** What the templates of a call may name, as in ghz: its number, its time, a UUID of its own, and what is called. */
export type CallData = Readonly<Record<string, unknown>>;

/** Tells the calls of a method apart. */
export type CallDataSource = (request: number, worker: number) => CallData;

/** What templates are given for the calls of a method; requests count from 0. */
export function callDataOf(method: GrpcMethod): CallDataSource {
  const ofMethod = {
    FullyQualifiedName: method.path.slice(1).replace('/', '.'),
    MethodName: method.methodName,
    ServiceName: method.serviceName,
    InputName: method.requestType.name,
    OutputName: method.outputName,
    IsClientStreaming: method.isClientStreaming,
    IsServerStreaming: method.isServerStreaming,
  };
  return (request, worker) => {
    const nowMs = Date.now();
    let uuid: string | undefined;
    return {
      ...ofMethod,
      WorkerID: `w${worker}`,
      RequestNumber: request,
      TimestampUnix: Math.floor(nowMs / 1000),
      TimestampUnixMilli: nowMs,
      // Made when a template asks for them.
      get Timestamp(): string {
        return new Date(nowMs).toISOString().replace(/\.\d+Z$/, 'Z');
      },
      get TimestampUnixNano(): string {
        // More digits than a number has.
        return `${nowMs}${String(process.hrtime.bigint() % 1_000_000n).padStart(6, '0')}`;
      },
      get UUID(): string {
        return (uuid ??= randomUUID());
      },
    };
  };
}
