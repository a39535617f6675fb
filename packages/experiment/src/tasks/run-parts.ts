import {
  addRecorded,
  NOTHING_RECORDED,
  recordedBetween,
  type Gap,
  type Recorded,
  type SeriesSnapshot,
} from '@redmeter/metric-reader';
import { setTimeout as sleep } from 'node:timers/promises';
import { SETTLE_MARGIN_MS, settledSnapshot, type SettledSnapshot } from '../backends/settled-snapshot.js';

/** A back end that is to tell what happened during the run, or during the part of one version. */
export type WatchedBackend = {
  readonly version: number;
  /** Where it is read when a part begins and ends; undefined for one that is asked for a time. */
  readonly redisUrl?: string;
  /** How long it may take until it knows what happened, in milliseconds. */
  readonly settleMs: number;
  /** How long to wait for each reply, in milliseconds. */
  readonly timeoutMs: number;
};

/** What is known of the part of the run that a version is judged by. */
export type RunPart = {
  /** When its first stretch began and its last one ended, and how long what is counted lasted, in milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
  readonly lastedMs: number;
  /** What the application recorded in Redis meanwhile; or why that could not be read. */
  readonly recorded?: { readonly recorded: Recorded; readonly end: SeriesSnapshot } | { readonly failed: string };
};

/** What watching needs of the run. */
export type WatchContext = {
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
  readonly onWait: (seconds: number) => void;
};

type Mark = {
  readonly timeMs: number;
  readonly read?:
    | { readonly kind: 'settled'; readonly settled: SettledSnapshot }
    | { readonly kind: 'failed'; readonly reason: string };
};

// A mark that is as young as this, and since which nothing has happened, ends one stretch and begins the next.
const SAME_MARK_MS = 1000;

/** A time that is counted: the whole run, or the loads of one version. */
class Scope {
  readonly backends: WatchedBackend[] = [];
  /** What stood in each back end when the present stretch began; undefined between stretches. */
  open: ReadonlyMap<string, Mark> | undefined;
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
  readonly #quiet = new Map<string, Mark>();
  readonly #sinceParts = new Map<number, RunPart>();

  /** @param versionsWithParts versions whose part of the run are their own loads */
  constructor(backends: readonly WatchedBackend[], versionsWithParts: ReadonlySet<number>, context: WatchContext) {
    this.#context = context;
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
  async partOf(version: number, redisUrl: string | undefined): Promise<RunPart | undefined> {
    const scope = this.#own.get(version) ?? this.#run;
    if (scope === this.#run && scope.open !== undefined && !scope.isFresh) {
      await this.#closeAll([scope]);
      await this.#openAll([scope]);
    }
    return scope.parts.get(idOf({ redisUrl }));
  }

  #scopes(): Scope[] {
    return [this.#run, ...this.#own.values()];
  }

  /**
   * The part from a moment before the run up to now, as a back end knows it that is asked for a time. It waits until the back end knows
   * what has happened by now, once until a task does something.
   */
  async partSince(sinceMs: number, settleMs: number): Promise<RunPart> {
    const known = this.#sinceParts.get(settleMs);
    if (known !== undefined) return known;
    if (settleMs > 0) {
      this.#context.onWait(settleMs / 1000);
      await sleep(settleMs, undefined, { signal: this.#context.signal });
    }
    const endMs = this.#context.nowMs();
    // What had happened before was known only then.
    const startMs = Math.min(sinceMs + settleMs, endMs);
    const part = { startMs, endMs, lastedMs: endMs - startMs };
    this.#sinceParts.set(settleMs, part);
    return part;
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
    this.#sinceParts.clear();
    for (const scope of this.#scopes()) scope.isFresh = false;
  }

  async #marks(scopes: readonly Scope[]): Promise<ReadonlyMap<string, Mark>> {
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
        this.#quiet.set(id, await this.#mark(backend));
      }),
    );
    return new Map(this.#quiet);
  }

  async #mark({ redisUrl, settleMs, timeoutMs }: WatchedBackend): Promise<Mark> {
    const { nowMs, signal } = this.#context;
    if (redisUrl === undefined) {
      if (settleMs > 0) await sleep(settleMs, undefined, { signal });
      return { timeMs: nowMs() };
    }
    const read = await settledSnapshot(redisUrl, { settleMs, timeoutMs, signal });
    const timeMs = nowMs();
    return { timeMs, read: read.kind === 'failed' ? read : { kind: 'settled', settled: read.value } };
  }
}

/** How long to wait until a back end knows what happened, in milliseconds. */
function waitMs({ redisUrl, settleMs }: WatchedBackend): number {
  return redisUrl !== undefined && settleMs > 0 ? settleMs + SETTLE_MARGIN_MS : settleMs;
}

function idOf({ redisUrl }: Pick<WatchedBackend, 'redisUrl'> | { readonly redisUrl: string | undefined }): string {
  return redisUrl ?? '';
}

function withStretch(part: RunPart | undefined, begin: Mark, end: Mark): RunPart {
  const recorded = recordedIn(part?.recorded, begin, end);
  const startMs = part?.startMs ?? begin.timeMs;
  const lastedMs = (part?.lastedMs ?? 0) + end.timeMs - begin.timeMs;
  return {
    startMs,
    endMs: end.timeMs,
    // A query over a time cannot leave out what lies between two stretches.
    lastedMs: recorded === undefined ? end.timeMs - startMs : lastedMs,
    ...(recorded === undefined ? {} : { recorded }),
  };
}

function recordedIn(before: RunPart['recorded'], begin: Mark, end: Mark): RunPart['recorded'] {
  if (end.read === undefined || begin.read === undefined) return undefined;
  if (end.read.kind === 'failed') return { failed: end.read.reason };
  if (before !== undefined && 'failed' in before) return before;
  const { snapshot, late } = end.read.settled;
  const gaps: Gap[] = late.map((reason) => ({ reason: `at the end ${reason}: give a longer settle` }));
  if (begin.read.kind === 'failed') gaps.push({ reason: `at the beginning ${begin.read.reason}` });
  else {
    gaps.push(
      ...begin.read.settled.late.map((reason) => ({ reason: `at the beginning ${reason}: give a longer settle` })),
    );
  }
  // Without a beginning nothing is known but which series there are.
  const start = begin.read.kind === 'failed' ? snapshot : begin.read.settled.snapshot;
  const stretch = addRecorded(recordedBetween(start, snapshot), { ...NOTHING_RECORDED, gaps });
  return { recorded: addRecorded(before?.recorded ?? NOTHING_RECORDED, stretch), end: snapshot };
}
