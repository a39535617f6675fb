import type { Insights } from '../result/experiment-result.js';
import type { GrpcLoadInput } from '../spec/grpc-load-input.js';
import { planGrpcLoads } from './grpc-load-plan.js';
import { runLoadJobs } from './run-load-jobs.js';
import type { TaskContext, TaskInsights } from './task-context.js';

/** Loads each version and endpoint over gRPC. */
export async function loadGrpc(input: GrpcLoadInput, earlier: TaskInsights, context: TaskContext): Promise<Insights> {
  return runLoadJobs(await planGrpcLoads(input, context), input.versionInfo?.length ?? 1, earlier, context);
}
