import { addObservations, readObservations, type HistogramFields, type HistogramState } from './histogram-reference.js';
import type { ReferenceStore, StoredValue } from './reference-store.js';

// The contract of the merge script (docs/merge-script.md) as a program: which calls are applied, and what is answered. It covers the
// ledger, the mark, the data set, the revision and refusals, and of series what a sum needs. Of the indexes it has the one of live
// series. It leaves out the texts of records, exemplars, and histograms with several sets of bounds.

/** Rules of the contract. A test switches one off to see that the loss or double count it prevents is found. */
export interface MergeRules {
  /** A batch that was applied is not applied again. */
  readonly ledger: boolean;
  /** A batch is applied only after the one before it. */
  readonly order: boolean;
  /** A writer without a ledger learns that the data set is another one. */
  readonly dataset: boolean;
  /** A batch that is sent again gets its refusals again. */
  readonly refusals: boolean;
  /** The mark counts when the ledger is missing. */
  readonly mark: boolean;
  /** Without ledger and mark, the revision says whether the data went back. */
  readonly revision: boolean;
  /** Batches may be skipped only by a writer that knows the last one applied. */
  readonly resume: boolean;
  /** Native buckets are added up at the lower schema and with the wider zero bucket of the two histograms. */
  readonly layouts: boolean;
}

export const ALL_RULES: MergeRules = {
  ledger: true,
  order: true,
  dataset: true,
  refusals: true,
  mark: true,
  revision: true,
  resume: true,
  layouts: true,
};

/** An error reply. */
export class ReplyError extends Error {
  override readonly name = 'ReplyError';
}

/** A reply of the merge script, with what the call did. */
export interface MergeResult {
  readonly reply: readonly string[];
  /** Undefined when nothing was applied. */
  readonly applied: AppliedBatch | undefined;
}

/** What one call added to the data, without the refused series. */
export interface AppliedBatch {
  readonly number: number;
  /** Sum of the increments of counters. */
  readonly counted: number;
  /** Observations of histograms. */
  readonly observed: number;
  /** These, by the key of the series. */
  readonly histograms: ReadonlyMap<string, AppliedObservations>;
}

/** Observations of one series in a call. */
export interface AppliedObservations extends HistogramState {
  /** The largest number of native buckets that the writer wants. */
  readonly maxBuckets: number;
}

interface Operation extends HistogramFields {
  readonly type?: 'counter' | 'gauge' | 'histogram';
  readonly family: number;
  readonly add?: number;
  readonly set?: number | string;
  readonly age?: number;
  readonly touch?: boolean;
  readonly remove?: boolean;
}

interface Family {
  readonly type: string;
  readonly mode: string | undefined;
  readonly maxBuckets: number;
  readonly explains: boolean;
  refusal: Refusal | undefined;
  readonly explained: Set<string>;
}

interface Refusal {
  readonly reason: string;
  /** What Redis has; undefined when it says nothing. */
  readonly found: string | undefined;
}

const LEDGER_TTL_MS = 604_800_000;
const RENEWALS_IN_A_LIFE = 60;
const FIRST_FAMILY_KEY = 5;
const FIRST_FAMILY_ARGUMENT = 8;
const MAX_FOUND_CHARACTERS = 120;
const DEFAULT_MAX_BUCKETS = 160;

/** The Redis that a call runs in. */
export interface MergeServer {
  readonly store: ReferenceStore;
  /** Redis's time in milliseconds since the epoch. */
  readonly nowMs: number;
  /** The error reply to each command that writes, such as `OOM …`; undefined when Redis may write. */
  readonly writeError?: string | undefined;
  readonly rules?: MergeRules;
}

/**
 * Runs one call of the merge script.
 * @param keys as in KEYS
 * @param argv as in ARGV
 * @throws ReplyError when the call is malformed or Redis cannot write; nothing is applied then
 */
export function runMerge(server: MergeServer, keys: readonly string[], argv: readonly string[]): MergeResult {
  return new MergeRun(server, keys, argv).run();
}

class MergeRun {
  readonly #store: ReferenceStore;
  readonly #keys: readonly string[];
  readonly #argv: readonly string[];
  readonly #nowMs: number;
  readonly #rules: MergeRules;
  readonly #writeError: string | undefined;
  readonly #shards: number;
  readonly #known: string;
  readonly #fresh: string;
  readonly #batch: number;
  readonly #madeAtMs: number;
  readonly #ttlMs: number;
  readonly #familyTotal: number;
  readonly #markKey: string;
  readonly #hasMark: boolean;
  readonly #seriesTotal: number;
  readonly #note: string;
  readonly #resumesAfter: number | undefined;
  readonly #knownRevision: number;
  readonly #datasetKey: string;
  readonly #revisionKey: string;
  readonly #liveKey: string;
  readonly #ledgerKey: string;
  /** When the series of this call expire. */
  readonly #liveMs = new Map<string, number>();
  readonly #removed: string[] = [];
  #dataset = '';

  constructor(
    { nowMs, rules = ALL_RULES, store, writeError }: MergeServer,
    keys: readonly string[],
    argv: readonly string[],
  ) {
    this.#store = store;
    this.#writeError = writeError;
    this.#keys = keys;
    this.#argv = argv;
    this.#nowMs = nowMs;
    this.#rules = rules;
    if (argv[0] !== '1') throw malformed(`ARGV[1], the format: expected 1, got ${argv[0] ?? 'nil'}`);
    this.#shards = this.#count(1, 'the number of shards', 1);
    this.#known = argv[2] ?? '';
    this.#fresh = argv[3] ?? '';
    this.#batch = this.#count(4, 'the batch number', 1);
    this.#madeAtMs = nowMs - this.#count(5, 'the age of the batch', 0);
    this.#ttlMs = this.#count(6, 'the time to live', 1);
    this.#familyTotal = this.#count(7, 'the number of families', 0);
    const [dataset = '', revision = '', , live = '', ledger = ''] = keys;
    this.#datasetKey = dataset;
    this.#revisionKey = revision;
    this.#liveKey = live;
    this.#ledgerKey = ledger;
    this.#markKey = ledger.replace(':writer:', ':mark:');
    this.#hasMark = keys.length > FIRST_FAMILY_KEY && keys.at(-1) === this.#markKey;
    this.#seriesTotal = keys.length - FIRST_FAMILY_KEY - this.#familyTotal - (this.#hasMark ? 1 : 0);
    const given = argv.length - FIRST_FAMILY_ARGUMENT - this.#familyTotal - (this.#hasMark ? 3 : 0);
    if (this.#seriesTotal < 0 || given !== this.#seriesTotal) {
      throw malformed(`expected one key and one argument for each family and each series, got ${keys.length} keys`);
    }
    const [note = '', resumesAfter = '', knownRevision = ''] = this.#hasMark ? argv.slice(-3) : [];
    this.#note = note === '' ? '-' : note;
    this.#resumesAfter = resumesAfter === '' ? undefined : Number(resumesAfter);
    this.#knownRevision = knownRevision === '' ? 0 : Number(knownRevision);
  }

  run(): MergeResult {
    const stored = this.#store.get(this.#datasetKey, this.#nowMs);
    if (stored !== undefined) {
      if (stored.kind !== 'dataset' || stored.shards !== this.#shards) return answer(['format', shown(stored)]);
      this.#dataset = stored.id;
    }
    const noted = this.#readNoted();
    const isOther = this.#known !== '' && this.#known !== this.#dataset;
    if (this.#rules.dataset && isOther && noted === undefined) return this.#noTrace('dataset');
    if (stored === undefined) {
      this.#expectWritable();
      this.#dataset = noted !== undefined && /^[\w-]+$/.test(this.#known) ? this.#known : this.#fresh;
      this.#store.set(this.#datasetKey, { kind: 'dataset', id: this.#dataset, shards: this.#shards });
    }
    const number = noted?.batch ?? 0;
    if (this.#rules.ledger && this.#batch <= number) return this.#duplicate(number, noted?.refusals ?? '');
    const isOtherEnd = this.#rules.resume && this.#resumesAfter !== undefined && this.#resumesAfter !== number;
    const isAhead = this.#batch > number + 1 && this.#resumesAfter === undefined;
    if (this.#rules.order && (isAhead || isOtherEnd)) {
      if (number === 0) return this.#noTrace('unknown');
      if (!this.#hasMark) return answer(['gap', this.#dataset, this.#nowText, String(number)]);
      const mark = this.#noted(this.#markKey);
      const isKnown = mark?.batch === number && mark.note !== '-';
      return answer(['gap', this.#dataset, this.#nowText, String(number), isKnown ? mark.note : '']);
    }
    return this.#apply();
  }

  #apply(): MergeResult {
    // The ledger is the first write: nothing is applied when it fails.
    this.#expectWritable();
    this.#writeLedger('');
    this.#writeMark('');
    const families = Array.from({ length: this.#familyTotal }, (_, i) => this.#settleFamily(i));
    const refused: string[] = [];
    let counted = 0;
    let observed = 0;
    const histograms = new Map<string, AppliedObservations>();
    let changes = 0;
    for (let i = 0; i < this.#seriesTotal; i += 1) {
      const key = this.#keys[FIRST_FAMILY_KEY + this.#familyTotal + i] ?? '';
      const text = this.#argv[FIRST_FAMILY_ARGUMENT + this.#familyTotal + i] ?? '';
      const operation = JSON.parse(text) as Operation;
      const family = families[operation.family - 1];
      if (family === undefined) throw malformed(`expected "family":1 to ${this.#familyTotal}`);
      const isTouch = operation.touch === true;
      const refusal = family.refusal ?? this.#operate(key, operation, family);
      if (refusal === 'unchanged') continue;
      if (refusal !== undefined) {
        if (!isTouch) refused.push(`${i + 1} ${word(family, refusal)}`);
        continue;
      }
      changes += 1;
      if (operation.type === 'counter') counted += operation.add ?? 0;
      else if (operation.type === 'histogram') {
        const added = readObservations(operation);
        observed += added.count;
        histograms.set(key, { ...added, maxBuckets: family.maxBuckets });
      }
    }
    if (this.#removed.length > 0) {
      this.#setLive(new Map([...this.#live()].filter(([key]) => !this.#removed.includes(key))));
    }
    if (changes > 0) {
      const before = this.#revision();
      const next = before === 0 && this.#hasSeries() ? this.#nowMs : before + 1;
      this.#store.set(this.#revisionKey, { kind: 'number', number: next });
    }
    if (this.#liveMs.size > 0) this.#setLive(new Map([...this.#live(), ...this.#liveMs]));
    const refusals = refused.join(' ');
    if (refusals !== '' && this.#rules.refusals) {
      this.#writeLedger(` ${refusals}`);
      this.#writeMark(` ${refusals}`);
    }
    return {
      reply: this.#reply('applied', refusals),
      applied: { number: this.#batch, counted, observed, histograms },
    };
  }

  #operate(key: string, operation: Operation, family: Family): Refusal | 'unchanged' | undefined {
    const stored = this.#store.get(key, this.#nowMs);
    if (operation.remove === true) {
      if (stored?.kind === 'list') return { reason: 'wrong_redis_type', found: 'list' };
      this.#store.delete(key);
      this.#removed.push(key);
      return 'unchanged';
    }
    if (operation.touch === true && operation.set === undefined) {
      if (stored !== undefined && stored.kind !== 'list' && stored.kind !== 'text') {
        this.#store.set(key, stored, this.#nowMs + this.#ttlMs);
        this.#liveMs.set(key, this.#nowMs + this.#ttlMs);
      }
      return 'unchanged';
    }
    if (stored?.kind === 'list') return { reason: 'wrong_redis_type', found: 'list' };
    if (stored !== undefined && stored.kind !== family.type) {
      const text = stored.kind === 'text' ? stored.text : shown(stored);
      return { reason: 'unreadable_value', found: `${Buffer.byteLength(text)} ${text}` };
    }
    const ttlMs = stored !== undefined && this.#isRenewed(stored) ? undefined : this.#nowMs + this.#ttlMs;
    if (ttlMs !== undefined && operation.type !== 'gauge') this.#liveMs.set(key, ttlMs);
    switch (operation.type) {
      case 'counter': {
        const value = (stored?.kind === 'counter' ? stored.value : 0) + (operation.add ?? 0);
        this.#store.set(key, { kind: 'counter', value, writtenMs: this.#nowMs }, ttlMs);
        return undefined;
      }
      case 'histogram': {
        const old = stored?.kind === 'histogram' ? stored : undefined;
        const sum = addObservations(old, this.#readObservations(operation, old), family.maxBuckets);
        this.#store.set(key, { kind: 'histogram', ...sum, writtenMs: this.#nowMs }, ttlMs);
        return undefined;
      }
      default:
        this.#setGauge(key, operation, stored);
        return undefined;
    }
  }

  #readObservations(operation: Operation, old: HistogramState | undefined): HistogramState {
    const added = readObservations(operation);
    if (this.#rules.layouts || added.native === undefined || old?.native === undefined) return added;
    const { schema, zeroThreshold } = old.native;
    return { ...added, native: { ...added.native, schema, zeroThreshold } };
  }

  #setGauge(key: string, operation: Operation, stored: StoredValue | undefined): void {
    const old = stored?.kind === 'gauge' ? stored : { value: 0, setMs: Number.NEGATIVE_INFINITY };
    const setMs = Math.max(0, Math.min(this.#nowMs, Math.floor(this.#madeAtMs - (operation.age ?? 0))));
    // A time to come is a wrong clock's.
    if (operation.add === undefined && setMs < old.setMs && old.setMs <= this.#nowMs) return;
    const value = operation.add === undefined ? Number(operation.set) : old.value + operation.add;
    this.#liveMs.set(key, this.#nowMs + this.#ttlMs);
    this.#store.set(key, { kind: 'gauge', value, setMs }, this.#nowMs + this.#ttlMs);
  }

  /** Whether a series was written in the same sixtieth of its life: then it keeps its time to live. */
  #isRenewed(stored: StoredValue): boolean {
    if (stored.kind !== 'counter' && stored.kind !== 'histogram') return false;
    const renewalMs = Math.max(1, Math.floor(this.#ttlMs / RENEWALS_IN_A_LIFE));
    return Math.floor(stored.writtenMs / renewalMs) === Math.floor(this.#nowMs / renewalMs);
  }

  #settleFamily(i: number): Family {
    const key = this.#keys[FIRST_FAMILY_KEY + i] ?? '';
    const text = this.#argv[FIRST_FAMILY_ARGUMENT + i] ?? '';
    const { type, mode, maxBuckets, explain } = readFamily(text);
    const stored = this.#store.get(key, this.#nowMs);
    const family: Family = {
      ...{ type, mode, maxBuckets, explains: explain === true },
      ...{ refusal: undefined, explained: new Set() },
    };
    if (stored?.kind === 'family' && stored.type !== type) {
      family.refusal = { reason: 'type_conflict', found: stored.type };
    } else if (stored?.kind === 'family' && mode !== undefined && mode !== (stored.mode ?? 'last')) {
      family.refusal = { reason: 'mode_conflict', found: stored.mode ?? 'last' };
    } else {
      this.#store.set(key, { kind: 'family', type, mode }, this.#nowMs + this.#ttlMs);
    }
    return family;
  }

  #duplicate(noted: number, refusals: string): MergeResult {
    if (this.#batch < noted) return answer(this.#reply('duplicate', ''));
    if (this.#hasMark && this.#writeError === undefined) {
      this.#writeLedger(refusals);
      this.#writeMark(refusals);
    }
    return answer(this.#reply('duplicate', refusals));
  }

  #expectWritable(): void {
    if (this.#writeError !== undefined) throw new ReplyError(this.#writeError);
  }

  #noTrace(status: string): MergeResult {
    if (!this.#hasMark) return answer([status, this.#dataset, this.#nowText]);
    const revision = this.#revision();
    const hasFallen = revision === 0 ? !this.#hasSeries() : revision < this.#knownRevision;
    const isGone = !this.#rules.revision || hasFallen;
    return answer([status, this.#dataset, this.#nowText, isGone ? 'gone' : 'unsure']);
  }

  #readNoted(): { readonly batch: number; readonly refusals: string } | undefined {
    return this.#noted(this.#ledgerKey) ?? (this.#hasMark && this.#rules.mark ? this.#noted(this.#markKey) : undefined);
  }

  #noted(key: string): Extract<StoredValue, { kind: 'noted' }> | undefined {
    const stored = this.#store.get(key, this.#nowMs);
    return stored?.kind === 'noted' ? stored : undefined;
  }

  #writeLedger(refusals: string): void {
    const value: StoredValue = { kind: 'noted', batch: this.#batch, note: '-', refusals };
    this.#store.set(this.#ledgerKey, value, this.#nowMs + LEDGER_TTL_MS);
  }

  #writeMark(refusals: string): void {
    if (!this.#hasMark) return;
    const value: StoredValue = { kind: 'noted', batch: this.#batch, note: this.#note, refusals };
    this.#store.set(this.#markKey, value, this.#nowMs + LEDGER_TTL_MS);
  }

  #live(): ReadonlyMap<string, number> {
    const stored = this.#store.get(this.#liveKey, this.#nowMs);
    return stored?.kind === 'live' ? stored.expiresMs : new Map();
  }

  #hasSeries(): boolean {
    return [...this.#live().values()].some((expiresMs) => expiresMs >= this.#nowMs);
  }

  /** Without series that have expired; an index without members is no key. */
  #setLive(expiresMs: Map<string, number>): void {
    for (const [key, atMs] of expiresMs) if (atMs <= this.#nowMs) expiresMs.delete(key);
    if (expiresMs.size > 0) this.#store.set(this.#liveKey, { kind: 'live', expiresMs });
    else this.#store.delete(this.#liveKey);
  }

  #revision(): number {
    const stored = this.#store.get(this.#revisionKey, this.#nowMs);
    return stored?.kind === 'number' ? stored.number : 0;
  }

  #reply(status: string, refusals: string): readonly string[] {
    const reply = [status, this.#dataset, this.#nowText, '', ...(refusals.match(/\S+/g) ?? [])];
    const revision = this.#revision();
    if (this.#hasMark) reply.push(revision === 0 ? '' : String(revision));
    return reply;
  }

  #count(index: number, name: string, least: number): number {
    const value = Number(this.#argv[index]);
    if (Number.isSafeInteger(value) && value >= least) return value;
    throw malformed(
      `ARGV[${index + 1}], ${name}: expected a whole number of at least ${least}, got ${this.#argv[index] ?? 'nil'}`,
    );
  }

  get #nowText(): string {
    return String(this.#nowMs);
  }
}

function answer(reply: readonly string[]): MergeResult {
  return { reply, applied: undefined };
}

function malformed(what: string): ReplyError {
  return new ReplyError(`ERR redmeter merge: ${what}`);
}

interface DeclaredFamily {
  readonly type: string;
  readonly mode: string | undefined;
  readonly maxBuckets: number;
  readonly explain?: boolean;
}

interface FamilyFields {
  readonly type: string;
  readonly mode?: string;
  readonly native?: { readonly maxBuckets?: number };
  readonly explain?: boolean;
}

const declared = new Map<string, DeclaredFamily>();
const MAX_DECLARED = 1000;

/** Families are declared with few different texts, so each is parsed once. */
function readFamily(text: string): DeclaredFamily {
  const withoutTimes = text.replace(/"(age|declared)":\d+/, '"age":0');
  let family = declared.get(withoutTimes);
  if (family === undefined) {
    const parsed = JSON.parse(withoutTimes) as FamilyFields;
    family = {
      type: parsed.type,
      mode: parsed.type === 'gauge' ? (parsed.mode ?? 'last') : undefined,
      maxBuckets: parsed.native?.maxBuckets ?? DEFAULT_MAX_BUCKETS,
      explain: parsed.explain === true,
    };
    if (declared.size < MAX_DECLARED) declared.set(withoutTimes, family);
  }
  return family;
}

function word(family: Family, { reason, found }: Refusal): string {
  if (!family.explains || found === undefined || family.explained.has(reason)) return reason;
  family.explained.add(reason);
  const bytes = Buffer.from(found).subarray(0, MAX_FOUND_CHARACTERS);
  const encoded = Array.from(bytes, (byte) =>
    byte > 0x20 && byte < 0x7f && byte !== 0x25
      ? String.fromCharCode(byte)
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  );
  return `${reason}:${encoded.join('')}`;
}

function shown(stored: StoredValue): string {
  return stored.kind === 'text' ? stored.text : JSON.stringify(stored);
}
