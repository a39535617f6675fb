import type { HttpLoadInput } from '../spec/http-load-input.js';
import { planHttpLoads } from './http-load-plan.js';
import { runLoadJobs, warmUp } from './run-load-jobs.js';
import { Secrets } from './secrets.js';
import type { FindEarlyEnding } from './early-ending.js';
import type { TaskContext, TaskInsights } from './task-context.js';

/** Loads each version and endpoint over HTTP; `${NAME}` in any text of the inputs is taken from the environment. Of a warm-up nothing is kept. */
export async function loadHttp(
  input: HttpLoadInput,
  earlier: TaskInsights,
  context: TaskContext,
  findEarlyEnding: FindEarlyEnding,
): Promise<TaskInsights> {
  const secrets = new Secrets(context.environment);
  return secrets.guard(async () => {
    const jobs = await planHttpLoads(secrets.expandAll(input), context);
    if (input.warmup === true) {
      await warmUp(jobs, context);
      return earlier;
    }
    return runLoadJobs(jobs, input.versionInfo?.length ?? 1, earlier, secrets, context, findEarlyEnding);
  });
}
