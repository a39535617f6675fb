import type { Metadata } from '@grpc/grpc-js';
import type { GrpcMethod } from '../../grpc/grpc-method.js';
import type { GrpcTarget } from '../../grpc/grpc-target.js';
import type { LoadEngine, LoadPace } from '../load-engine.js';

/** gRPC calls of one kind, how many, how fast. */
export type GrpcLoadPlan = LoadPace & {
  readonly target: GrpcTarget;
  readonly method: Pick<GrpcMethod, 'path' | 'isClientStreaming' | 'isServerStreaming'>;
  /** The encoded messages of each call; the calls take them in turn. At least one. */
  readonly callMessages: readonly (readonly Buffer[])[];
  readonly metadata: Metadata;
  readonly connections: number;
  /** Calls in flight at the same time, over all connections. */
  readonly concurrency: number;
  readonly timeoutMs: number;
};

/** Makes gRPC calls; the status code of an answer is that of gRPC. */
export type GrpcLoadEngine = LoadEngine<GrpcLoadPlan>;
