import type { GaugeMode, MetricType } from '@redmeter/metric-format';
import type { Clock } from '../../time/clock.js';
import type { DropReason } from '../../accounting/drop-reasons.js';
import type { Loss } from './loss.js';
import type { Shards } from './shards.js';
import { shownValue } from '../../errors/shown-value.js';
import type { Tally } from '../../accounting/tally.js';

/** What brings a series' recordings to Redis. */
export interface Carrier {
  /** When it was made, by the clock. */
  readonly madeAtMs: number;
  /** When Redis's answer came, by the clock; undefined before. */
  readonly arrivedAtMs: number | undefined;
}

/** What Redis must know of a family beside its type, help and unit. */
export interface FamilyLayout {
  readonly bounds?: readonly number[];
  readonly lease?: number;
  readonly mode?: GaugeMode;
}

/** What a series, and a batch that holds it, need of the family it belongs to. */
export interface SeriesFamily {
  readonly name: string;
  readonly type: MetricType;
  readonly tally: Tally;
  readonly scope: {
    readonly clock: Clock;
    readonly shards: Shards;
    /** Milliseconds that a gauge of mode `process` outlives the last flush of its process. */
    readonly leaseMs: number;
    readonly loss: Loss;
  };
  layout(): FamilyLayout;
  /** The family as the merge script takes it, in JSON. */
  describe(when: { readonly age: number } | { readonly declared: number }): string;
  /** Notes that a series has recordings that wait, with the first of them. */
  noteChanged(series: Series): void;
  /** Counts recordings as dropped, and logs it once. */
  drop(reason: DropReason, recordings: number, detail?: () => string | undefined): void;
  /** Logs once that recordings are dropped. */
  warnOfDrops(reason: DropReason, detail?: () => string | undefined): void;
}

/** What this process holds of one series: what waits to be written, and when it was last heard of. */
export abstract class Series {
  readonly key: string;
  readonly family: SeriesFamily;
  /** Recordings that wait; they leave with `takeOperation`. While there are any, the series is among the changed ones. */
  recordings = 0;
  /** Whether the registry let it go; a recording brings it back. */
  isLetGo = false;
  /** Whether the application got it as a handle, and so may hold it. */
  isHandle = false;
  /** Whether it has a place among the changed ones, which it may keep when what waited is dropped. */
  isQueued = false;
  /** When recordings last left, or a touch said that it is in use, and when anything was last sent for the series, in whole seconds of the clock. */
  recordedAtSeconds: number;
  sentAtSeconds: number;

  constructor(key: string, family: SeriesFamily) {
    this.key = key;
    this.family = family;
    this.recordedAtSeconds = this.sentAtSeconds = Math.floor(family.scope.clock() / 1000);
  }

  get isChanged(): boolean {
    return this.recordings > 0;
  }

  /** Keeps the series from being idle, though nothing is recorded. */
  touch(): void {
    this.recordedAtSeconds = Math.floor(this.family.scope.clock() / 1000);
  }

  /** How much of a batch the series takes; a counter takes 1. */
  cost(): number {
    return 1;
  }

  /** Forgets what waits. @returns the number of recordings that were dropped by this */
  discard(): number {
    const { recordings } = this;
    this.recordings = 0;
    this.reset();
    return recordings;
  }

  /** Makes the series as new. */
  protected abstract reset(): void;

  /** What waits, as an operation of the merge script in JSON; nothing waits afterwards. */
  abstract takeOperation(familyIndex: number, carrier: Carrier): string;

  /** What keeps the series alive in Redis while nothing changes, as an operation in JSON. */
  touchOperation(familyIndex: number): string {
    return `{"touch":true,"family":${familyIndex}}`;
  }

  /** Counts a recording that is not taken, since what waits would become more than `most`. */
  protected overflow(waiting: number, got: number, most = Number.MAX_VALUE): void {
    this.family.drop(
      'overflow',
      1,
      () =>
        `what waits to be written comes to ${waiting}: expected at most ${most} with the next recording, got ${got} more`,
    );
  }

  /** Counts a recording that is not taken, since the service is closed or the value is none. */
  protected refuse(expected: string, got: unknown): void {
    const { family } = this;
    family.drop(
      family.tally.isClosed ? 'closed' : 'invalid_value',
      1,
      () => `expected ${expected}, got ${shownValue(got)}`,
    );
  }
}
