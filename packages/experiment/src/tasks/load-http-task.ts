import type { Insights } from '../result/experiment-result.js';
import type { HttpLoadInput } from '../spec/http-load-input.js';
import { planHttpLoads } from './http-load-plan.js';
import { runLoadJobs } from './run-load-jobs.js';
import type { TaskContext, TaskInsights } from './task-context.js';

/** Loads each version and endpoint over HTTP. */
export async function loadHttp(input: HttpLoadInput, earlier: TaskInsights, context: TaskContext): Promise<Insights> {
  return runLoadJobs(await planHttpLoads(input, context), input.versionInfo?.length ?? 1, earlier, context);
}
