import { z } from 'zod';
import type { RequestOutcome } from './load-engine.js';
import { K6_METRIC } from './k6-script.js';

/** One request as k6 reported it. */
export type K6Request = {
  readonly outcome: RequestOutcome;
  /** When it ended, in milliseconds since the epoch. */
  readonly endMs: number;
  /** How long it took, answered or not, in milliseconds. */
  readonly elapsedMs: number;
};

const point = z.object({
  data: z.object({
    time: z.string().transform((text) => Date.parse(text)),
    value: z.number().min(0),
    tags: z.object({ status: z.string(), error: z.string().default('') }),
  }),
});

// Most lines are of k6's own metrics; those are not worth parsing.
const beginning = `{"metric":"${K6_METRIC}","type":"Point"`;

/** Reads one line of `--out json`; undefined when it is not a request of our script. */
export function parseK6Line(line: string): K6Request | undefined {
  if (!line.startsWith(beginning)) return undefined;
  const { time, value, tags } = point.parse(JSON.parse(line)).data;
  const statusCode = Number(tags.status);
  const outcome: RequestOutcome =
    statusCode > 0
      ? { kind: 'answer', statusCode, latencyMs: value }
      : { kind: 'failure', reason: tags.error === '' ? 'no answer' : tags.error };
  return { outcome, endMs: time, elapsedMs: value };
}
