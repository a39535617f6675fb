import type { GaugeMode, MetricType, DropReason } from '@redmeter/metric-format';
import type { BurstClock } from '../../time/burst-clock.js';
import type { Clock } from '../../time/clock.js';
import type { NativeLayout } from './native-counts.js';
import type { Shards } from './shards.js';
import { shownValue } from '../../errors/shown-value.js';
import type { Tally } from '../../accounting/tally.js';

/** The batch that recordings of a series are sent with. */
export interface Carrier {
  /** When it was created, by the clock. */
  readonly madeAtMs: number;
  /** When the reply arrived, by the clock; undefined before. */
  readonly arrivedAtMs: number | undefined;
}

/** When Redis last lost data. */
export interface Loss {
  /** When a sender last noticed it, by the clock; initially minus infinity. */
  noticedAtMs: number;
}

/** Properties of a family that Redis needs in addition to type, help and unit. */
export interface FamilyLayout {
  readonly native?: NativeLayout;
  readonly bounds?: readonly number[];
  readonly lease?: number;
  readonly mode?: GaugeMode;
}

/** The part of a family that its series and the batches with them use. */
export interface SeriesFamily {
  readonly name: string;
  readonly type: MetricType;
  readonly tally: Tally;
  readonly scope: {
    readonly clock: Clock;
    /** The same time for `set()` of gauges, which may be called in a loop; default `clock`. */
    readonly setClock?: BurstClock;
    readonly shards: Shards;
    /** Milliseconds until a gauge of mode `process` expires after the last flush of its process. */
    readonly leaseMs: number;
    readonly loss: Loss;
    /** Gives the labels of an exemplar of the active span; may throw, and give anything. */
    readonly exemplarSource: (() => unknown) | undefined;
  };
  layout(): FamilyLayout;
  /** The family as an argument of the merge script, in JSON. */
  describe(when: { readonly age: number } | { readonly declared: number }): string;
  /** Called with the first pending recording of a series. */
  noteChanged(series: Series): void;
  /** Counts recordings as dropped, and logs it once per reason. */
  drop(reason: DropReason, recordings: number, detail?: () => string | undefined): void;
  /** Counts an exemplar as left out, and logs it once. @param detail what was expected and what was got */
  dropExemplar(detail: () => string): void;
  /** Logs once per reason that recordings are dropped. */
  warnOfDrops(reason: DropReason, detail?: () => string | undefined): void;
}

const RELEASED = 1;
const HANDLE = 2;
const QUEUED = 4;
/** Number of their combinations. */
const FLAGS = 8;

function withFlag(state: number, flag: number, isSet: boolean): number {
  return ((state & flag) !== 0) === isSet ? state : state + (isSet ? flag : -flag);
}

/** One series in this process: its pending recordings, and when it was last used. */
export abstract class Series {
  readonly key: string;
  readonly family: SeriesFamily;
  /** Number of pending recordings; `takeOperation` takes them. While there are any, the series is queued as changed. */
  recordings = 0;
  /** When anything was last sent for the series, in whole seconds of the clock. */
  sentAtSeconds: number;
  /** `recordedAtSeconds` and three flags in one field, since a process can have very many series: a field takes 8 bytes. */
  #state: number;

  constructor(key: string, family: SeriesFamily) {
    this.key = key;
    this.family = family;
    this.sentAtSeconds = Math.floor(family.scope.clock() / 1000);
    this.#state = this.sentAtSeconds * FLAGS;
  }

  /** Whether the family released it; a recording brings it back. */
  get isReleased(): boolean {
    return (this.#state & RELEASED) !== 0;
  }

  set isReleased(isReleased: boolean) {
    this.#state = withFlag(this.#state, RELEASED, isReleased);
  }

  /** Whether the application got it as a handle and so may hold it. */
  get isHandle(): boolean {
    return (this.#state & HANDLE) !== 0;
  }

  set isHandle(isHandle: boolean) {
    this.#state = withFlag(this.#state, HANDLE, isHandle);
  }

  /** Whether it is in the list of changed series; it may still be after its recordings were dropped. */
  get isQueued(): boolean {
    return (this.#state & QUEUED) !== 0;
  }

  set isQueued(isQueued: boolean) {
    this.#state = withFlag(this.#state, QUEUED, isQueued);
  }

  /** When recordings were last sent or `touch` was called, in whole seconds of the clock. */
  get recordedAtSeconds(): number {
    return Math.floor(this.#state / FLAGS);
  }

  set recordedAtSeconds(seconds: number) {
    this.#state = seconds * FLAGS + (this.#state & (FLAGS - 1));
  }

  get isChanged(): boolean {
    return this.recordings > 0;
  }

  /** Marks the series as in use without a recording. */
  touch(): void {
    this.recordedAtSeconds = Math.floor(this.family.scope.clock() / 1000);
  }

  /** Size in a batch, in the unit of BATCH_CAPACITY: a counter takes 1. */
  cost(): number {
    return 1;
  }

  /** Discards pending recordings. @returns how many there were */
  discard(): number {
    const { recordings } = this;
    this.recordings = 0;
    this.reset();
    return recordings;
  }

  /** Resets the series to its initial state. */
  protected abstract reset(): void;

  /** Takes the pending recordings as an operation of the merge script in JSON. */
  abstract takeOperation(familyIndex: number, carrier: Carrier): string;

  /** An operation in JSON that renews the TTL of the series without changing it. */
  touchOperation(familyIndex: number): string {
    return `{"touch":true,"family":${familyIndex}}`;
  }

  /** Counts a recording as dropped, since the pending value would exceed `max`. */
  protected overflow(pending: number, got: number, max = Number.MAX_VALUE): void {
    this.family.drop(
      'overflow',
      1,
      () => `the pending value is ${pending}: expected at most ${max} with the next recording, got ${got} more`,
    );
  }

  /** Counts a recording as dropped, since the service is closed or the value is invalid. */
  protected refuse(expected: string, got: unknown): void {
    const { family } = this;
    family.drop(
      family.tally.isClosed ? 'closed' : 'invalid_value',
      1,
      () => `expected ${expected}, got ${shownValue(got)}`,
    );
  }
}
