import { redisPlaceName } from '../backends/redis-connection.js';
import { takeMark, waitMs, type BackendMark, type WatchContext, type WatchedBackend } from './backend-mark.js';
import type { MeasuredSince } from './measured-since.js';
import { withStretch, type RunPart } from './run-part.js';

/** What happened from a moment before the run up to now, according to the back ends. */
export class PartsSince {
  readonly #since: MeasuredSince;
  readonly #context: WatchContext;
  /** Since which no task has done anything. */
  readonly #known = new Map<string, RunPart>();

  constructor(since: MeasuredSince, context: WatchContext) {
    this.#since = since;
    this.#context = context;
  }

  /** To be called before a task does something. */
  noteActivity(): void {
    this.#known.clear();
  }

  /**
   * The part for a back end. It waits until the back end knows what has happened by now, once until a task does something. Undefined for
   * a Redis of which nothing is known at the moment before the run.
   */
  async partOf(backend: Omit<WatchedBackend, 'version'>): Promise<RunPart | undefined> {
    const { redisUrl, settleMs } = backend;
    const id = JSON.stringify([redisUrl, settleMs]);
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const mark = redisUrl === undefined ? undefined : this.#since.redisMarks.get(redisPlaceName(redisUrl));
    if (redisUrl !== undefined && mark === undefined) return undefined;
    const waitedMs = waitMs(backend);
    if (waitedMs > 0) this.#context.onWait(waitedMs / 1000);
    const end = await takeMark(backend, this.#context);
    const begin: BackendMark =
      mark === undefined
        ? // What had happened before was known only then.
          { timeMs: Math.min(this.#since.timeMs + settleMs, end.timeMs) }
        : { timeMs: mark.timeMs, read: { kind: 'settled', settled: { snapshot: mark.snapshot, late: [] } } };
    const part = withStretch(undefined, begin, end);
    this.#known.set(id, part);
    return part;
  }
}
