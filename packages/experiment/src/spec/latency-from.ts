import { z } from 'zod';
import type { LatencyFrom } from '../result/load-summary.js';

/** The field of both load tasks that says from when latencies count. */
export const latencyFrom = z
  .enum(['due', 'send'])
  .describe(
    'Where latencies count from when there is a rate: when a request was due, or when it was sent. due by default, send for the task names of Iter8 0.8 in a list.',
  );

/** The default of `latencyFrom`: an experiment of Iter8 0.8 is a list and has the task names of that version, which counted from the send. */
export function defaultLatencyFrom(dialect: 'list' | 'object', taskName: string): LatencyFrom {
  return dialect === 'list' && taskName.startsWith('gen-load-and-collect-metrics') ? 'send' : 'due';
}
