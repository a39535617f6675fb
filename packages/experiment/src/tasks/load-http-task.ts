import type { Insights } from '../result/experiment-result.js';
import type { HttpLoadInput } from '../spec/http-load-input.js';
import { planHttpLoads } from './http-load-plan.js';
import { runLoadJobs } from './run-load-jobs.js';
import { Secrets } from './secrets.js';
import type { TaskContext, TaskInsights } from './task-context.js';

/** Loads each version and endpoint over HTTP; `${NAME}` in any text of the inputs is taken from the environment. */
export async function loadHttp(input: HttpLoadInput, earlier: TaskInsights, context: TaskContext): Promise<Insights> {
  const secrets = new Secrets(context.environment);
  return secrets.guard(async () => {
    const jobs = await planHttpLoads(secrets.expandAll(input), context);
    return runLoadJobs(jobs, input.versionInfo?.length ?? 1, earlier, secrets, context);
  });
}
