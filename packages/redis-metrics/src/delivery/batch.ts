import { internalKeys } from '@redmeter/metric-format';
import type { DropReason } from '../accounting/drop-reasons.js';
import { explainRefusal } from './explain-refusal.js';
import { PreparedArguments } from '../redis/prepared-command.js';
import { countAsDropped, type Recordings } from '../accounting/recordings.js';
import type { Carrier, Series, SeriesFamily } from '../recording/series/series.js';
import type { Tally } from '../accounting/tally.js';

/** Recordings that were refused, and why. */
type Refused = readonly [Tally, DropReason, number];

/** What is left of a batch that is not sent again: what to count as lost when Redis lost it. */
export interface ForgottenBatch {
  readonly number: number;
  readonly flushed: readonly Recordings[];
}

/** Series that the merge script refused, by their place in the batch from 1. */
export type Refusals = ReadonlyMap<number, DropReason>;

/** How much one batch holds, in counters: what keeps a call of the merge script below 2 ms. */
export const BATCH_CAPACITY = 150;

/** What waits of some series, made into one call of the merge script. Its content never changes, however often it is sent. */
export class Batch {
  /** Its place in the order of its incarnation, from 1. */
  number = 0;
  /** Whether an attempt to send it ended without an answer, and none has come since. */
  isInDoubt = false;
  readonly #carrier: Carrier & { arrivedAtMs: number | undefined };
  readonly #startedAtMs: number;
  readonly #declaredMs: number | undefined;
  readonly #familyIndexes = new Map<SeriesFamily, number>();
  readonly #familyTexts: string[] = [];
  readonly #familyKeys: string[] = [];
  #series: Series[] = [];
  /** Of the series, at the same places. */
  #recordings: number[] = [];
  #operations: string[] = [];
  /** The operations, a line each, once the batch is only kept to be sent again: of that there are many. */
  #packedOperations = '';
  /** While it waits for its answer. */
  #keys: PreparedArguments | undefined;
  #arguments: PreparedArguments | undefined;
  #cost = 0;
  #characters = 0;
  readonly #totals: { readonly tally: Tally; recordings: number }[] = [];
  /** As they were counted when the batch was acknowledged. */
  #flushed: readonly Recordings[] | undefined;
  #refused: readonly Refused[] = [];

  /**
   * @param nowMs of the clock
   * @param startedAtMs when the families were declared, of the same clock
   * @param declaredMs the same moment by Redis's clock, once it is known
   */
  constructor(nowMs: number, startedAtMs: number, declaredMs: number | undefined) {
    this.#carrier = { madeAtMs: nowMs, arrivedAtMs: undefined };
    this.#startedAtMs = startedAtMs;
    this.#declaredMs = declaredMs;
  }

  get madeAtMs(): number {
    return this.#carrier.madeAtMs;
  }

  /** What is in the batch, by cost. */
  get cost(): number {
    return this.#cost;
  }

  /** Characters of keys and operations: what the batch takes in memory, about. */
  get characters(): number {
    return this.#characters;
  }

  get isAcknowledged(): boolean {
    return this.#flushed !== undefined;
  }

  /** What is in the batch, by tally. */
  get recordings(): readonly Recordings[] {
    return this.#totals;
  }

  /** What of it Redis has taken; undefined until the batch is acknowledged. */
  get flushed(): readonly Recordings[] | undefined {
    return this.#flushed;
  }

  get refused(): readonly Refused[] {
    return this.#refused;
  }

  /** Adds what waits of a series, or when nothing does, what keeps it alive. */
  add(series: Series): void {
    const { recordings } = series;
    const index = this.#indexOf(series);
    const operation = recordings > 0 ? series.takeOperation(index, this.#carrier) : series.touchOperation(index);
    series.recordings = 0;
    this.#push(series, recordings, operation, series.cost());
  }

  /** Adds the removal of a series; what was recorded in it since comes after. */
  addRemoval(series: Series): void {
    this.#push(series, 0, `{"remove":true,"family":${this.#indexOf(series)}}`, 1);
  }

  /** The keys of the call, but for the five internal ones: families, then series. */
  get keys(): PreparedArguments {
    return (this.#keys ??= new PreparedArguments([...this.#familyKeys, ...this.#series.map(({ key }) => key)]));
  }

  /** The arguments of the call from the number of families on. */
  get arguments(): PreparedArguments {
    const operations = this.#packedOperations === '' ? this.#operations : this.#packedOperations.split('\n');
    return (this.#arguments ??= new PreparedArguments([
      String(this.#familyKeys.length),
      ...this.#familyTexts,
      ...operations,
    ]));
  }

  /**
   * Counts its recordings as flushed, or dropped where refused, in place of what was counted before.
   * @param nowMs when the answer came, of the clock
   * @param found what Redis has where it refused a series, by the same places; for people
   */
  acknowledge(refusals: Refusals, nowMs: number, found: ReadonlyMap<number, string> = new Map()): void {
    this.isInDoubt = false;
    this.#carrier.arrivedAtMs = nowMs;
    const isFirst = this.#flushed === undefined;
    this.#takeBack();
    const refused: Refused[] = [];
    const warnings: (() => void)[] = [];
    for (const [place, reason] of refusals) {
      const series = this.#series[place - 1];
      const recordings = this.#recordings[place - 1] ?? 0;
      if (series === undefined || recordings === 0) continue;
      const { family } = series;
      family.tally.drop(reason, recordings);
      const explain = (): string | undefined => explainRefusal(reason, series, found.get(place));
      if (isFirst) warnings.push(() => family.warnOfDrops(reason, explain));
      refused.push([family.tally, reason, recordings]);
    }
    this.#flushed = this.#totals.map(({ tally, recordings }) => {
      const taken = refused.reduce((left, [of, , recordings]) => (of === tally ? left - recordings : left), recordings);
      tally.flushed += taken;
      return { tally, recordings: taken };
    });
    this.#refused = refused;
    this.#pack();
    // Last, since whoever is told may look at the counts.
    for (const warn of warnings) warn();
  }

  /** Counts as dropped what was flushed, or not yet sent; nothing is said, since the reason is not a metric's own. */
  giveUp(reason: DropReason): void {
    if (this.#flushed === undefined) {
      for (const { tally, recordings } of this.#totals) tally.drop(reason, recordings);
    } else {
      countAsDropped(this.#flushed, reason);
    }
    this.#flushed = [];
  }

  /** What to keep where the batch itself takes too much room. */
  forget(): ForgottenBatch {
    return { number: this.number, flushed: this.#flushed ?? [] };
  }

  #push(series: Series, recordings: number, operation: string, cost: number): void {
    this.#series.push(series);
    this.#recordings.push(recordings);
    this.#operations.push(operation);
    this.#cost += cost;
    this.#characters += series.key.length + operation.length;
    if (recordings === 0) return;
    const { tally } = series.family;
    const total = this.#totals.find((each) => each.tally === tally);
    if (total === undefined) this.#totals.push({ tally, recordings });
    else total.recordings += recordings;
  }

  #pack(): void {
    this.#keys = undefined;
    this.#arguments = undefined;
    if (this.#operations.length === 0) return;
    this.#familyIndexes.clear();
    this.#packedOperations = this.#operations.join('\n');
    this.#operations = [];
    // Without the room to grow that lists have.
    this.#series = this.#series.slice();
    this.#recordings = this.#recordings.slice();
  }

  #takeBack(): void {
    for (const { tally, recordings } of this.#flushed ?? []) tally.flushed -= recordings;
    for (const [tally, reason, recordings] of this.#refused) tally.drop(reason, -recordings);
  }

  #indexOf({ family, key }: Series): number {
    const known = this.#familyIndexes.get(family);
    if (known !== undefined) return known;
    const index = this.#familyIndexes.size + 1;
    this.#familyIndexes.set(family, index);
    const text = family.describe(
      this.#declaredMs === undefined
        ? { age: Math.max(0, Math.round(this.madeAtMs - this.#startedAtMs)) }
        : { declared: this.#declaredMs },
    );
    this.#familyTexts.push(text);
    this.#familyKeys.push(internalKeys(family.scope.shards.spaceOf(key)).family(family.name));
    this.#characters += text.length;
    return index;
  }
}
