import { readFileSync } from 'node:fs';
import type { MergeRules } from '../../reference/merge-reference.js';
import { planOf, type Plan } from '../plan.js';
import { openTwin, TwinError, type RealTwin } from '../real-twin.js';
import { plansOf, runSchedule, runSchedules, type ScheduleResult } from '../run-schedules.js';
import { shrink } from '../shrink.js';
import type { Replay, RunTotals, WorkerAnswer, WorkerRequest } from './worker-protocol.js';

// Runs schedules as a process of its own, as the process that started it says. Arguments: the URL of a real Redis and the
// file of a merge script, where replies are to be compared.
const [url, script] = process.argv.slice(2);
const opening =
  url === undefined || script === undefined
    ? undefined
    : openTwin(url, readFileSync(script, 'utf8')).then(({ twin }) => twin);

process.on('message', (request: WorkerRequest) => {
  void answer(request).then((reply) => process.send?.(reply));
});
process.on('disconnect', () => process.exit());

async function answer(request: WorkerRequest): Promise<WorkerAnswer> {
  const twin = await opening;
  return request.kind === 'run'
    ? { kind: 'ran', totals: await run(request, twin) }
    : { kind: 'replayed', replay: await replay(request, twin) };
}

async function run(
  { from, rules, schedules }: Extract<WorkerRequest, { kind: 'run' }>,
  twin: RealTwin | undefined,
): Promise<RunTotals> {
  const totals: RunTotals = { schedules: 0, events: 0, virtualMs: 0, compared: 0, steps: {}, failures: [] };
  const add = ({ events, plan, problem, virtualMs }: ScheduleResult): void => {
    totals.schedules += 1;
    totals.events += events;
    totals.virtualMs += virtualMs;
    for (const { kind } of plan.steps) totals.steps[kind] = (totals.steps[kind] ?? 0) + 1;
    if (problem !== undefined) totals.failures.push({ seed: plan.seed, problem });
  };
  if (twin === undefined) {
    await runSchedules(plansOf(from, schedules), { rules }, add);
  } else {
    const before = twin.calls;
    for (const plan of plansOf(from, schedules)) add(await runBoth(plan, rules, twin));
    totals.compared = twin.calls - before;
  }
  return totals;
}

async function runBoth(
  plan: Plan,
  rules: MergeRules,
  twin: RealTwin,
  trace?: (line: string) => void,
): Promise<ScheduleResult> {
  await twin.reset();
  try {
    return await runSchedule(plan, { rules, twin, trace });
  } catch (error) {
    if (error instanceof TwinError) return { plan, problem: error.message, events: 0, virtualMs: 0 };
    throw error;
  }
}

async function replay(
  { isShrunk, isTraced, rules, seed }: Extract<WorkerRequest, { kind: 'replay' }>,
  twin: RealTwin | undefined,
): Promise<Replay> {
  const runOne = (plan: Plan, trace?: (line: string) => void): Promise<ScheduleResult> =>
    twin === undefined ? runSchedule(plan, { rules, trace }) : runBoth(plan, rules, twin, trace);
  const whole = planOf(seed);
  const plan = (isShrunk ? (await shrink(whole, runOne))?.plan : undefined) ?? whole;
  const trace: string[] = [];
  const { problem } = await runOne(plan, isTraced ? (line) => trace.push(line) : undefined);
  return { seed, problem, writers: plan.writers, steps: plan.steps, trace };
}
