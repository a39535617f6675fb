import { planOf, type Plan } from './plan.js';
import { Simulation, type SimulationOptions } from './simulation.js';

/** What came of one schedule. */
export interface ScheduleResult {
  readonly plan: Plan;
  /** What is wrong; undefined when all is as it should be. */
  readonly problem: string | undefined;
  readonly events: number;
  readonly virtualMs: number;
}

/** Schedules under way at once in a process: each turn of the event loop lets one event of each happen. */
const AT_ONCE = 16;

/** Runs schedules, many at once; results come in any order. */
export async function runSchedules(
  plans: Iterator<Plan>,
  options: SimulationOptions,
  onResult: (result: ScheduleResult) => void,
): Promise<void> {
  let running: Simulation[] = [];
  for (;;) {
    while (running.length < AT_ONCE) {
      const next = plans.next();
      if (next.done === true) break;
      running.push(new Simulation(next.value, options));
    }
    if (running.length === 0) return;
    // What the events of this turn set going goes on to its end before the next turn.
    await nextTurn();
    const going: Simulation[] = [];
    for (const simulation of running) {
      const step = simulation.step();
      if (typeof step === 'boolean' ? step : await step) going.push(simulation);
      else onResult(resultOf(simulation));
    }
    running = going;
  }
}

/** Runs one schedule. */
export async function runSchedule(plan: Plan, options: SimulationOptions = {}): Promise<ScheduleResult> {
  const simulation = new Simulation(plan, options);
  for (;;) {
    await nextTurn();
    const step = simulation.step();
    if (!(typeof step === 'boolean' ? step : await step)) return resultOf(simulation);
  }
}

/** The plans of consecutive seeds. */
export function* plansOf(firstSeed: number, schedules: number, stride = 1): Generator<Plan> {
  for (let i = 0; i < schedules; i += stride) yield planOf(firstSeed + i);
}

function resultOf({ findings, plan, time }: Simulation): ScheduleResult {
  return { plan, problem: findings.problem, events: time.happened, virtualMs: time.nowMs };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
