import type { LoadLimit } from '../load/load-engine.js';

/** The limit of a load: its number of requests if given, else its duration if given. */
export function loadLimitOf(requests: number | undefined, durationMs: number | undefined): LoadLimit | undefined {
  if (requests !== undefined) return { kind: 'requests', count: requests };
  return durationMs === undefined ? undefined : { kind: 'duration', durationMs };
}
