import type { CallContentSource } from '../../grpc/call-content.js';
import type { GrpcMethod } from '../../grpc/grpc-method.js';
import type { GrpcTarget } from '../../grpc/grpc-target.js';
import type { LoadEngine, LoadPace } from '../load-engine.js';

/** gRPC calls of one kind, how many, how fast. */
export type GrpcLoadPlan = LoadPace & {
  readonly target: GrpcTarget;
  readonly method: Pick<GrpcMethod, 'path' | 'isClientStreaming' | 'isServerStreaming'>;
  readonly contentOf: CallContentSource;
  /** Of a call that streams. */
  readonly stream?: GrpcStreaming;
  readonly connections: number;
  /** Calls in flight at the same time, over all connections. */
  readonly concurrency: number;
  readonly timeoutMs: number;
  /** How long to wait for a connection before the first call. */
  readonly connectTimeoutMs: number;
};

/** How a call that streams goes on. */
export type GrpcStreaming = {
  /** Between two messages that it sends; undefined: as fast as it can. */
  readonly intervalMs?: number;
  /** How long it sends messages at most or, where it only receives them, how long until it is cancelled. */
  readonly durationMs?: number;
  /** After how many messages a call that only receives them is cancelled. */
  readonly receiveCount?: number;
};

/** Makes gRPC calls; the status code of an answer is that of gRPC. */
export type GrpcLoadEngine = LoadEngine<GrpcLoadPlan>;
