import { internalKeys, type DropReason } from '@redmeter/metric-format';
import { explainRefusal } from './explain-refusal.js';
import { PreparedArguments } from '../redis/prepared-command.js';
import { countAsDropped, type Recordings, type Tally } from '../accounting/tally.js';
import type { Carrier, Series, SeriesFamily } from '../recording/series/series.js';

/** Recordings that were refused, and why. */
type Refused = readonly [Tally, DropReason, number];

/** A batch without its content: its recordings are counted as lost when Redis loses it. */
export interface ForgottenBatch {
  readonly number: number;
  readonly flushed: readonly Recordings[];
}

/** Reasons for the series that the merge script refused, by their index in the batch from 1. */
export type Refusals = ReadonlyMap<number, DropReason>;

/** Size of a full batch, in counters: it keeps a call of the merge script below a millisecond. */
export const BATCH_CAPACITY = 128;

/** Pending recordings of some series, as one call of the merge script. Its content is the same each time it is sent. */
export class Batch {
  /** Its sequence number within the incarnation, from 1. */
  number = 0;
  /** Whether it may have been written: an attempt to send it ended without a reply, and no acknowledgement has arrived since. */
  isInDoubt = false;
  readonly #carrier: Carrier & { arrivedAtMs: number | undefined };
  readonly #startedAtMs: number;
  readonly #declaredMs: number | undefined;
  readonly #familyIndexes = new Map<SeriesFamily, number>();
  readonly #familyTexts: string[] = [];
  readonly #familyKeys: string[] = [];
  #series: Series[] = [];
  /** Number of recordings of each series, by the same index. */
  #recordings: number[] = [];
  #operations: string[] = [];
  /** The operations, for an acknowledged batch: many are kept, and this takes less memory. */
  #packedOperations = '';
  /** Set while the batch waits for its reply. */
  #keys: PreparedArguments | undefined;
  #arguments: PreparedArguments | undefined;
  #cost = 0;
  #characters = 0;
  readonly #totals: { readonly tally: Tally; recordings: number }[] = [];
  /** What was counted as flushed when the batch was acknowledged. */
  #flushed: readonly Recordings[] | undefined;
  #refused: readonly Refused[] = [];

  /**
   * @param nowMs time by the clock
   * @param startedAtMs when the families were declared, by the same clock
   * @param declaredMs the same moment by Redis's clock, if it is known
   */
  constructor(nowMs: number, startedAtMs: number, declaredMs: number | undefined) {
    this.#carrier = { madeAtMs: nowMs, arrivedAtMs: undefined };
    this.#startedAtMs = startedAtMs;
    this.#declaredMs = declaredMs;
  }

  get madeAtMs(): number {
    return this.#carrier.madeAtMs;
  }

  /** Size in the unit of BATCH_CAPACITY. */
  get cost(): number {
    return this.#cost;
  }

  /** Characters of keys and operations: roughly the memory it takes. */
  get characters(): number {
    return this.#characters;
  }

  get isAcknowledged(): boolean {
    return this.#flushed !== undefined;
  }

  /** Recordings in the batch, by tally. */
  get recordings(): readonly Recordings[] {
    return this.#totals;
  }

  /** Recordings that Redis accepted; undefined until the batch is acknowledged. */
  get flushed(): readonly Recordings[] | undefined {
    return this.#flushed;
  }

  get refused(): readonly Refused[] {
    return this.#refused;
  }

  /** Adds the pending recordings of a series or, if there are none, an operation that renews its TTL. */
  add(series: Series): void {
    const { recordings } = series;
    const index = this.#indexOf(series);
    const operation = recordings > 0 ? series.takeOperation(index, this.#carrier) : series.touchOperation(index);
    series.recordings = 0;
    this.#push(series, recordings, operation, series.cost());
  }

  /** Adds the removal of a series; add recordings made after it with `add`. */
  addRemoval(series: Series): void {
    this.#push(series, 0, `{"remove":true,"family":${this.#indexOf(series)}}`, 1);
  }

  /** The keys of the call except the five internal ones: families, then series. */
  get keys(): PreparedArguments {
    return (this.#keys ??= new PreparedArguments([...this.#familyKeys, ...this.#series.map(({ key }) => key)]));
  }

  /** The arguments of the call, starting with the number of families. */
  get arguments(): PreparedArguments {
    const operations = this.#packedOperations === '' ? this.#operations : unpacked(this.#packedOperations);
    return (this.#arguments ??= new PreparedArguments([
      String(this.#familyKeys.length),
      ...this.#familyTexts,
      ...operations,
    ]));
  }

  /**
   * Counts its recordings as flushed, or dropped if refused; replaces what an earlier acknowledgement counted.
   * @param nowMs when the reply arrived, by the clock
   * @param found what Redis has where it refused a series, by the same indexes, for the log
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
    // Last, since a logger may call stats().
    for (const warn of warnings) warn();
  }

  /** Counts its recordings as dropped. No warning is logged per metric, since the reason is not specific to one. */
  drop(reason: DropReason): void {
    if (this.#flushed === undefined) {
      for (const { tally, recordings } of this.#totals) tally.drop(reason, recordings);
    } else {
      countAsDropped(this.#flushed, reason);
    }
    this.#flushed = [];
  }

  /** What remains of the batch when its content is released. */
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
    this.#packedOperations = packed(this.#operations);
    this.#operations = [];
    // Copies have no spare capacity.
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

const OPERATION_START = '{"type":"counter","family":';
// JSON has no control characters.
const SHORT_START = '\u0001';

/** Operations one per line, without what most begin with. Each join makes one flat string; replaceAll leaves a tree of them. */
function packed(operations: readonly string[]): string {
  return operations.join('\n').split(OPERATION_START).join(SHORT_START);
}

function unpacked(text: string): string[] {
  return text.replaceAll(SHORT_START, OPERATION_START).split('\n');
}
