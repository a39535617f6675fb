import { planOf } from './plan.js';
import { plansOf, runSchedule, runSchedules } from './run-schedules.js';
import { shrink } from './shrink.js';
import type { Replay, RunTotals, WorkerAnswer, WorkerRequest } from './worker-protocol.js';

// Runs schedules as a process of its own, as the process that started it says.
process.on('message', (request: WorkerRequest) => {
  void answer(request).then((reply) => process.send?.(reply));
});
process.on('disconnect', () => process.exit());

async function answer(request: WorkerRequest): Promise<WorkerAnswer> {
  return request.kind === 'run'
    ? { kind: 'ran', totals: await run(request) }
    : { kind: 'replayed', replay: await replay(request) };
}

async function run({ from, rules, schedules }: Extract<WorkerRequest, { kind: 'run' }>): Promise<RunTotals> {
  const totals: RunTotals = { schedules: 0, events: 0, virtualMs: 0, steps: {}, failures: [] };
  await runSchedules(plansOf(from, schedules), { rules }, ({ events, plan, problem, virtualMs }) => {
    totals.schedules += 1;
    totals.events += events;
    totals.virtualMs += virtualMs;
    for (const { kind } of plan.steps) totals.steps[kind] = (totals.steps[kind] ?? 0) + 1;
    if (problem !== undefined) totals.failures.push({ seed: plan.seed, problem });
  });
  return totals;
}

async function replay(request: Extract<WorkerRequest, { kind: 'replay' }>): Promise<Replay> {
  const { isShrunk, isTraced, rules, seed } = request;
  const whole = planOf(seed);
  const plan = (isShrunk ? (await shrink(whole, { rules }))?.plan : undefined) ?? whole;
  const trace: string[] = [];
  const { problem } = await runSchedule(plan, { rules, trace: isTraced ? (line) => trace.push(line) : undefined });
  return { seed, problem, writers: plan.writers, steps: plan.steps, trace };
}
