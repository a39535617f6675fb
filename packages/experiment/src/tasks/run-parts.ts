import { takeMark, waitMs, type BackendMark, type WatchContext, type WatchedBackend } from './backend-mark.js';
import type { PartsSince } from './parts-since.js';
import { withStretch, type RunPart } from './run-part.js';

// A mark that is as young as this, and since which nothing has happened, ends one stretch and begins the next.
const SAME_MARK_MS = 1000;

/** A time that is counted: the whole run, or the loads of one version. */
class Scope {
  readonly backends: WatchedBackend[] = [];
  /** What stood in each back end when the present stretch began; undefined between stretches. */
  open: ReadonlyMap<string, BackendMark> | undefined;
  /** Whether nothing has happened since then. */
  isFresh = true;
  readonly parts = new Map<string, RunPart>();
}

/**
 * Marks where the parts of a run begin and end, in all back ends that are to tell of exactly them. With one version, or none of its own
 * loads, the part of a version is the whole run from its first load or script on; else the times of its loads. Warm-ups are left out.
 * Before each mark it waits until the back ends know what happened before.
 */
export class RunParts {
  /** When the run began, in milliseconds since the epoch. */
  readonly startMs: number;
  readonly #context: WatchContext;
  readonly #run = new Scope();
  readonly #own = new Map<number, Scope>();
  /** Marks since which no task has done anything. */
  readonly #quiet = new Map<string, BackendMark>();
  readonly #since: PartsSince | undefined;

  /**
   * @param versionsWithParts versions whose part of the run are their own loads
   * @param since Where what is measured began before the run: then the part of each version is all since then.
   */
  constructor(
    backends: readonly WatchedBackend[],
    versionsWithParts: ReadonlySet<number>,
    context: WatchContext,
    since?: PartsSince,
  ) {
    this.#context = context;
    this.#since = since;
    this.startMs = context.nowMs();
    for (const backend of backends) {
      const { version } = backend;
      const scope = versionsWithParts.has(version) ? (this.#own.get(version) ?? new Scope()) : this.#run;
      if (versionsWithParts.has(version)) this.#own.set(version, scope);
      scope.backends.push(backend);
    }
  }

  /** To be called before a script runs. */
  async beforeScript(): Promise<void> {
    await this.#openAll([this.#run]);
    this.#noteActivity();
  }

  /** To be called before requests whose results are ignored. */
  async beforeWarmup(): Promise<void> {
    await this.#closeAll(this.#scopes());
    this.#noteActivity();
  }

  /** To be called before each load of a version. */
  async beforeLoad(version: number): Promise<void> {
    const own = this.#own.get(version);
    await this.#closeAll([...this.#own.values()].filter((scope) => scope !== own));
    await this.#openAll([this.#run, ...(own === undefined ? [] : [own])]);
    this.#noteActivity();
  }

  /** To be called after the last load of a task. */
  async afterLoads(): Promise<void> {
    await this.#closeAll([...this.#own.values()]);
  }

  /** The part of a version up to now, as a back end knows it; undefined when none has begun. */
  async partOf({ version, ...backend }: WatchedBackend): Promise<RunPart | undefined> {
    if (this.#since !== undefined) return this.#since.partOf(backend);
    const scope = this.#own.get(version) ?? this.#run;
    if (scope === this.#run && scope.open !== undefined && !scope.isFresh) {
      await this.#closeAll([scope]);
      await this.#openAll([scope]);
    }
    return scope.parts.get(idOf(backend));
  }

  #scopes(): Scope[] {
    return [this.#run, ...this.#own.values()];
  }

  async #openAll(scopes: readonly Scope[]): Promise<void> {
    const closed = scopes.filter(({ open }) => open === undefined);
    const marks = await this.#marks(closed);
    for (const scope of closed) {
      scope.open = marks;
      scope.isFresh = true;
    }
  }

  async #closeAll(scopes: readonly Scope[]): Promise<void> {
    const open = scopes.filter((scope) => scope.open !== undefined);
    const used = open.filter(({ isFresh }) => !isFresh);
    const marks = await this.#marks(used);
    for (const scope of used) {
      for (const id of new Set(scope.backends.map(idOf))) {
        const [begin, end] = [scope.open?.get(id), marks.get(id)];
        if (begin === undefined || end === undefined) continue;
        scope.parts.set(id, withStretch(scope.parts.get(id), begin, end));
      }
    }
    for (const scope of open) scope.open = undefined;
  }

  #noteActivity(): void {
    this.#quiet.clear();
    this.#since?.noteActivity();
    for (const scope of this.#scopes()) scope.isFresh = false;
  }

  async #marks(scopes: readonly Scope[]): Promise<ReadonlyMap<string, BackendMark>> {
    const backends = scopes.flatMap((scope) => scope.backends);
    const missing = new Map<string, WatchedBackend>();
    for (const backend of backends) {
      const id = idOf(backend);
      const known = missing.get(id);
      const settleMs = Math.max(backend.settleMs, known?.settleMs ?? 0);
      const isKnown = this.#context.nowMs() - (this.#quiet.get(id)?.timeMs ?? -Infinity) <= SAME_MARK_MS;
      if (!isKnown) missing.set(id, { ...backend, settleMs });
    }
    const longestMs = Math.max(0, ...[...missing.values()].map(waitMs));
    if (longestMs > 0) this.#context.onWait(longestMs / 1000);
    await Promise.all(
      [...missing].map(async ([id, backend]) => {
        this.#quiet.set(id, await takeMark(backend, this.#context));
      }),
    );
    return new Map(this.#quiet);
  }
}

function idOf({ redisUrl }: Pick<WatchedBackend, 'redisUrl'>): string {
  return redisUrl ?? '';
}
