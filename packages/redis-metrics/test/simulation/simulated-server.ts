import { internalKeys } from '@redmeter/metric-format';
import { ALL_RULES, ReplyError, runMerge, type AppliedBatch, type MergeRules } from '../reference/merge-reference.js';
import { ReferenceStore } from '../reference/reference-store.js';
import type { VirtualTime } from './virtual-time.js';

/** A batch that the data contain. */
export interface ContainedBatch extends AppliedBatch {
  readonly incarnation: string;
  /** Whether the call began a ledger. */
  readonly began: boolean;
  readonly before: ContainedBatch | undefined;
}

/** The keys of a writer that were removed one by one since its last batch. */
export type RemovedKey = 'ledger' | 'mark' | 'revision' | 'live';

/** The data of a Redis, and what only the simulation knows about them. */
interface ServerData {
  readonly store: ReferenceStore;
  /** The last one first. */
  contained: ContainedBatch | undefined;
  /** By incarnation. */
  readonly removed: Map<string, Set<RemovedKey>>;
}

/** A reply of Redis, or its error. */
export type Reply =
  | {
      readonly value: unknown;
      /** What the data contain of the batch of the call. */
      readonly contained?: ContainedBatch | undefined;
      /** The revision of the data after the call; 0 for none. */
      readonly revision?: number;
      /** How often data had gone back before the call. */
      readonly rewinds?: number;
    }
  | { readonly error: string };

/** A command as it arrives. */
export interface SimulatedCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly isAsking: boolean;
  /** Whether its connection has ended. */
  readonly isLate: boolean;
}

/** What answers a command with an error, until it is over. */
export type ServerTrouble = 'OOM' | 'READONLY' | 'LOADING' | 'BUSY' | 'NOPERM';

const TROUBLES: Readonly<Record<ServerTrouble, string>> = {
  OOM: "OOM command not allowed when used memory > 'maxmemory'.",
  READONLY: "READONLY You can't write against a read only replica.",
  LOADING: 'LOADING Redis is loading the dataset in memory',
  BUSY: 'BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.',
  NOPERM: "NOPERM User default has no permissions to run the 'evalsha' command",
};

/** A call of the merge script that the twin runs too. */
export interface TwinCall {
  readonly args: readonly string[];
  readonly expected: Reply;
  readonly nowMs: number;
  readonly trouble: ServerTrouble | undefined;
}

/** A second Redis that does the same, to be compared. */
export interface Twin {
  /** @throws Error when its reply is another */
  execute(call: TwinCall): Promise<void>;
  remove(keys: readonly string[]): Promise<void>;
  setText(key: string, text: string): Promise<void>;
  setList(key: string): Promise<void>;
  flushAll(): Promise<void>;
  /** Keeps the data as they are now, under a number. */
  keep(number: number): Promise<void>;
  restore(number: number | undefined): Promise<void>;
  compare(store: ReferenceStore): Promise<void>;
}

/** How a batch came to be applied. */
export interface Application {
  /** The keys of its writer that were removed before. */
  readonly removed: ReadonlySet<RemovedKey>;
  /** Whether its request arrived after its connection had ended, and could begin a ledger in any data. */
  readonly isLateStart: boolean;
  /** Whether any series had not expired before. */
  readonly hadLiveSeries: boolean;
}

/** Called when a batch is applied, with the data that contain it now. */
export type AppliedListener = (batch: ContainedBatch, how: Application) => void;

const EPOCH_MS = 1_750_000_000_000;
const MAX_STATES = 64;
const NONE: ReadonlySet<RemovedKey> = new Set();
export const KEYS = internalKeys({ prefix: 'metrics' });

/** A Redis in memory with the merge script, of whose data each earlier state can come back. */
export class SimulatedServer {
  readonly #time: VirtualTime;
  readonly #rules: MergeRules;
  readonly #twin: Twin | undefined;
  #data: ServerData = { store: new ReferenceStore(), contained: undefined, removed: new Map() };
  #states: { readonly number: number; readonly data: ServerData }[] = [];
  #lastState = 0;
  /** The last one that the twin keeps. */
  #keptState = 0;
  /** How often data went back. */
  rewinds = 0;
  isUp = true;
  trouble: ServerTrouble | undefined;
  /** How far the clock of Redis is ahead. */
  clockOffsetMs = 0;
  #knowsScript = false;
  /** The node that has the slot, and the one it moves to. */
  owner = 'a';
  movingTo: string | undefined;
  onApplied: AppliedListener = () => undefined;
  /** Called with each call of the merge script and its reply. */
  onMerge: (args: readonly string[], reply: Reply) => void = () => undefined;

  constructor(time: VirtualTime, rules: MergeRules = ALL_RULES, twin?: Twin) {
    this.#time = time;
    this.#rules = rules;
    this.#twin = twin;
  }

  get nowMs(): number {
    return EPOCH_MS + Math.floor(this.#time.nowMs) + this.clockOffsetMs;
  }

  get contained(): ContainedBatch | undefined {
    return this.#data.contained;
  }

  get store(): ReferenceStore {
    return this.#data.store;
  }

  /** Runs a command. */
  execute(node: string, { args, command, isAsking, isLate }: SimulatedCommand): Reply | Promise<Reply> {
    const redirected = this.#redirect(node, isAsking);
    if (redirected !== undefined && command.startsWith('EVAL')) return { error: redirected };
    const { trouble } = this;
    if (trouble === 'LOADING' || trouble === 'BUSY') return { error: TROUBLES[trouble] };
    if (command === 'TIME') return { value: [String(Math.floor(this.nowMs / 1000)), '0'] };
    if (command === 'ASKING') return { value: 'OK' };
    if (trouble === 'NOPERM') return { error: TROUBLES.NOPERM };
    if (command === 'EVALSHA' && !this.#knowsScript) {
      return { error: 'NOSCRIPT No matching script. Please use EVAL.' };
    }
    this.#knowsScript = true;
    const expired = this.#data.store.expire(this.nowMs);
    const reply = this.#merge(args, isLate, trouble === undefined ? undefined : TROUBLES[trouble]);
    this.onMerge(args, reply);
    return this.#twin === undefined ? reply : this.#mirror(this.#twin, expired, args, reply);
  }

  #redirect(node: string, isAsking: boolean): string | undefined {
    if (node === '') return undefined;
    if (node === this.owner) return this.movingTo === undefined ? undefined : `ASK 0 ${this.movingTo}:6379`;
    if (isAsking && node === this.movingTo) return undefined;
    return `MOVED 0 ${this.owner}:6379`;
  }

  #merge(args: readonly string[], isLate: boolean, writeError: string | undefined): Reply {
    const keyTotal = Number(args[1]);
    const keys = args.slice(2, 2 + keyTotal);
    try {
      const { store } = this.#data;
      const server = { store, nowMs: this.nowMs, writeError, rules: this.#rules };
      const argv = args.slice(2 + keyTotal);
      const live = store.get(KEYS.live, this.nowMs);
      const { applied, reply } = runMerge(server, keys, argv);
      const incarnation = (keys[4] ?? '').slice(KEYS.writer('').length);
      if (applied !== undefined) {
        const began = applied.number === 1 || argv.at(-2) === '0';
        const batch = { incarnation, ...applied, began, before: this.#data.contained };
        this.#data.contained = batch;
        const removed = this.#data.removed.get(incarnation) ?? NONE;
        this.#data.removed.delete(incarnation);
        const isLateStart = isLate && began && argv[2] === '';
        const hadLiveSeries = live?.kind === 'live' && [...live.expiresMs.values()].some((atMs) => atMs >= this.nowMs);
        this.onApplied(batch, { removed, isLateStart, hadLiveSeries });
        this.#keepState();
      }
      const revision = store.get(KEYS.revision, this.nowMs);
      return {
        value: reply,
        contained: latestOf(this.#data.contained, incarnation, Number(argv[4])),
        revision: revision?.kind === 'number' ? revision.number : 0,
        rewinds: this.rewinds,
      };
    } catch (error) {
      if (error instanceof ReplyError) return { error: error.message };
      throw error;
    }
  }

  async #mirror(twin: Twin, expired: readonly string[], args: readonly string[], reply: Reply): Promise<Reply> {
    if (expired.length > 0) await twin.remove(expired);
    await twin.execute({ args, expected: reply, nowMs: this.nowMs, trouble: this.trouble });
    if (this.#lastState !== this.#keptState) await twin.keep(this.#lastState);
    this.#keptState = this.#lastState;
    return reply;
  }

  #keepState(): void {
    this.#lastState += 1;
    this.#states.push({ number: this.#lastState, data: copyOf(this.#data) });
    if (this.#states.length > MAX_STATES) this.#states.shift();
  }

  /** Forgets the last batches, and everything else that happened since. */
  goBack(batches: number): void | Promise<void> {
    this.rewinds += 1;
    const kept = this.#states.slice(0, Math.max(0, this.#states.length - batches));
    const last = kept.at(-1);
    this.#data = last === undefined ? emptyData() : copyOf(last.data);
    return this.#twin?.restore(last?.number);
  }

  forgetScript(): void {
    this.#knowsScript = false;
  }

  flushAll(): void | Promise<void> {
    this.#data = emptyData();
    return this.#twin?.flushAll();
  }

  /** Removes one key, as an eviction does. */
  remove(key: string): void | Promise<void> {
    const { removed, store } = this.#data;
    // The reference does not have the indexes.
    if (!store.delete(key)) return this.#twin?.remove([key]);
    const note = (incarnation: string, what: RemovedKey): void => {
      const known = removed.get(incarnation) ?? new Set();
      known.add(what);
      removed.set(incarnation, known);
    };
    if (key.startsWith(KEYS.writer(''))) note(key.slice(KEYS.writer('').length), 'ledger');
    else if (key.startsWith(KEYS.mark(''))) note(key.slice(KEYS.mark('').length), 'mark');
    else if (key === KEYS.revision || key === KEYS.live) {
      for (const incarnation of this.#incarnations()) note(incarnation, key === KEYS.revision ? 'revision' : 'live');
    }
    return this.#twin?.remove([key]);
  }

  /** Puts something else under a key. */
  disturb(key: string, how: 'text' | 'list'): void | Promise<void> {
    if (how === 'list') {
      this.#data.store.delete(key);
      this.#data.store.set(key, { kind: 'list' });
      return this.#twin?.setList(key);
    }
    const text = 'not a record';
    this.#data.store.delete(key);
    this.#data.store.set(key, { kind: 'text', text });
    return this.#twin?.setText(key, text);
  }

  compare(): void | Promise<void> {
    return this.#twin?.compare(this.#data.store);
  }

  #incarnations(): ReadonlySet<string> {
    const found = new Set<string>();
    for (let batch = this.#data.contained; batch !== undefined; batch = batch.before) found.add(batch.incarnation);
    return found;
  }
}

function emptyData(): ServerData {
  return { store: new ReferenceStore(), contained: undefined, removed: new Map() };
}

function copyOf({ contained, removed, store }: ServerData): ServerData {
  const copied = new Map<string, Set<RemovedKey>>();
  for (const [incarnation, keys] of removed) copied.set(incarnation, new Set(keys));
  return { store: store.copy(), contained, removed: copied };
}

/** A batch among those that the data contain. */
export function latestOf(
  contained: ContainedBatch | undefined,
  incarnation: string,
  number: number,
): ContainedBatch | undefined {
  let batch = contained;
  while (batch !== undefined && !(batch.incarnation === incarnation && batch.number === number)) batch = batch.before;
  return batch;
}
