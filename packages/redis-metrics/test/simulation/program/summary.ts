import { alignedColumns } from '@redmeter/stack';
import type { Replay, RunTotals } from './worker-protocol.js';

const HOUR_MS = 3_600_000;

/** What came of many schedules, for people. */
export function totalsText(
  { compared, events, failures, schedules, steps, virtualMs }: RunTotals,
  durationMs: number,
): string {
  const rows = Object.entries(steps)
    .sort(([, a], [, b]) => b - a)
    .map(([kind, count]) => [kind, String(count)]);
  const lines = [
    alignedColumns([['step', 'times'], ...rows], 'right'),
    '',
    `${schedules} schedules, ${events} events, ${Math.round(virtualMs / HOUR_MS)} simulated hours in ${(durationMs / 1000).toFixed(1)} s`,
    ...(compared > 0 ? [`${compared} replies of the merge script compared with those of its reference`] : []),
    ...failures.map(({ problem, seed }) => `seed ${seed}: ${problem}`),
    failures.length === 0 ? 'all is as it should be' : 'SCHEDULES FAILED',
  ];
  return `${lines.join('\n')}\n`;
}

/** One schedule that was run again, for people. */
export function replayText({ problem, seed, steps, trace, writers }: Replay): string {
  const lines = [
    `seed ${seed}, writers: ${writers.join(', ')}`,
    ...(trace.length > 0 ? trace : steps.map((step) => JSON.stringify(step))),
    problem === undefined ? 'all is as it should be' : `FAILED: ${problem}`,
    ...(problem === undefined ? [] : [`again: npm run simulate -- --seed ${seed} --trace`]),
  ];
  return `${lines.join('\n')}\n`;
}
