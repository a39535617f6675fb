import type { Plan, Step } from './plan.js';
import type { ScheduleResult } from './run-schedules.js';

/** A schedule that still fails, with as few steps as could be found. */
export interface ShrunkSchedule {
  readonly plan: Plan;
  readonly problem: string;
  readonly tries: number;
}

/** Leaves out steps, first many at once, as long as the schedule still fails. Undefined when it does not fail. */
export async function shrink(
  plan: Plan,
  run: (plan: Plan) => Promise<ScheduleResult>,
): Promise<ShrunkSchedule | undefined> {
  let tries = 1;
  const first = await run(plan);
  if (first.problem === undefined) return undefined;
  let best = { plan, problem: first.problem };
  const tryWith = async (steps: readonly Step[]): Promise<boolean> => {
    tries += 1;
    const smaller = { ...plan, steps };
    const { problem } = await run(smaller);
    if (problem === undefined) return false;
    best = { plan: smaller, problem };
    return true;
  };
  for (let size = Math.ceil(plan.steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    let isSmaller = true;
    while (isSmaller) {
      isSmaller = false;
      for (let at = 0; at < best.plan.steps.length;) {
        const { steps } = best.plan;
        if (await tryWith([...steps.slice(0, at), ...steps.slice(at + size)])) isSmaller = true;
        else at += size;
      }
      if (size > 1) break;
    }
  }
  return { ...best, tries };
}
