import { redisPlaceName } from '../backends/redis-connection.js';
import type { MetricsStore } from '../store/metrics-store.js';
import type { ExperimentSpec } from '../spec/experiment-spec.js';
import { takeMark, type RedisMark, type WatchedBackend } from './backend-mark.js';
import { readRedisMarks, redisMarksText } from './redis-marks-text.js';
import type { RunContext } from './task-context.js';
import { runBackends } from './watch-backends.js';

/** Where marks are kept, and the moment that they are of. */
export type RedisMarksPlace = {
  readonly store: Pick<MetricsStore, 'readMark' | 'writeMark'>;
  readonly application: string;
  readonly name: string;
  readonly id: string;
};

/** What each Redis held, by its place; or why not all of them could be read, in one line. */
export type MarkedRedis =
  | { readonly kind: 'marked'; readonly marks: ReadonlyMap<string, RedisMark> }
  | { readonly kind: 'failed'; readonly reason: string };

/**
 * Notes in the store what each Redis holds that is to tell what was recorded during runs of an experiment, for `MeasuredSince`. A mark of
 * the same moment stays as it is, so that it may be tried again. Before it reads one it waits until applications have written what they
 * have recorded by now; one whose writers are late is not marked.
 *
 * @throws ExperimentError `store_unavailable`; what `signal` was aborted with
 */
export async function markRedis(
  spec: ExperimentSpec,
  { store, application, name, id }: RedisMarksPlace,
  context: Pick<RunContext, 'runFolder' | 'environment' | 'signal' | 'nowMs'>,
): Promise<MarkedRedis> {
  const backends = byPlace(await runBackends(spec, context));
  if (backends.size === 0) return { kind: 'marked', marks: new Map() };
  const marks = readRedisMarks(await store.readMark(application, name), id);
  const missing = [...backends].filter(([place]) => !marks.has(place));
  if (missing.length === 0) return { kind: 'marked', marks };
  const problems: string[] = [];
  const sizeBefore = marks.size;
  await Promise.all(
    missing.map(async ([place, backend]) => {
      const { timeMs, read } = await takeMark(backend, context);
      if (read?.kind !== 'settled') problems.push(read?.reason ?? 'expected a Redis');
      else if (read.settled.late.length > 0) problems.push(...read.settled.late.map(lateText));
      else marks.set(place, { timeMs, snapshot: read.settled.snapshot });
    }),
  );
  if (marks.size > sizeBefore) await store.writeMark(application, name, redisMarksText(id, marks));
  if (problems.length === 0) return { kind: 'marked', marks };
  return { kind: 'failed', reason: `at the beginning ${problems.join('; ')}` };
}

function lateText(reason: string): string {
  return `${reason}: give a longer settle`;
}

/** The Redis among back ends, each once, with the longest of its times. */
function byPlace(backends: readonly WatchedBackend[]): Map<string, WatchedBackend> {
  const places = new Map<string, WatchedBackend>();
  for (const backend of backends) {
    if (backend.redisUrl === undefined) continue;
    const place = redisPlaceName(backend.redisUrl);
    const known = places.get(place) ?? backend;
    places.set(place, {
      ...known,
      settleMs: Math.max(known.settleMs, backend.settleMs),
      timeoutMs: Math.max(known.timeoutMs, backend.timeoutMs),
    });
  }
  return places;
}
