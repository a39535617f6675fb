import { z } from 'zod';
import type { LatencyFrom } from '../result/load-summary.js';

/** The field of both load tasks for the start of a latency. */
export const latencyFrom = z
  .enum(['due', 'send'])
  .describe('With a rate, where latencies count from: when a request was due, or when it was sent.')
  .meta({ default: 'due' });

/** The default of `latencyFrom`: an experiment of Iter8 0.8 is a list and has the task names of that version, which counted from the send. */
export function defaultLatencyFrom(dialect: 'list' | 'object', taskName: string): LatencyFrom {
  return dialect === 'list' && taskName.startsWith('gen-load-and-collect-metrics') ? 'send' : 'due';
}
