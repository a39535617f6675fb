import {
  compareBytes,
  type Exemplar,
  isPlainName,
  parseKeyHead,
  parseKeyLabels,
  type Label,
  type MetricRecord,
  type ParsedKeyHead,
} from '@redmeter/metric-format';
import { NewCounts, NOTHING_IS_NEW, type NewCountRule } from './entries/new-counts.js';
import { CounterHolds, type ShownCount } from './entries/counter-holds.js';
import { Family } from './family.js';
import { shownLabelText, type LabelSource } from './lines/member-labels.js';
import { FORM, SeriesColumns } from './entries/series-columns.js';
import type { NoValue } from './entries/no-value.js';
import { SeriesEntry, type EntryGroup, type EntryHome } from './entries/series-entry.js';
import { readValue, type ValueOutcome } from './values/value-outcome.js';

/** How keys are kept and shown. */
export interface TableOptions {
  /** What keys start with, before the first colon. */
  readonly prefix: string;
  /** Whether faces with `_created` are rendered. */
  readonly withCreated: boolean;
  /** See CounterHolds. */
  readonly holdMs: number;
  /** Labels added to every series; a label of the series with the same name is prefixed with `exported_`. */
  readonly targetLabels?: readonly Label[];
  /** Which counts are shown as 0 first; default none. */
  readonly newCounts?: NewCountRule;
}

type KeyHead = Extract<ParsedKeyHead, { kind: 'head' }>;

/** Of a counter or gauge as the merge script writes it. */
const SIMPLE_BYTES = 90;

/** All keys that are known, with what is under them. */
export class SeriesTable {
  readonly columns = new SeriesColumns();
  readonly #source: LabelSource;
  /** Whether faces with `_created` are rendered. */
  readonly withCreated: boolean;
  /** By slot. */
  readonly #entries: (SeriesEntry | undefined)[] = [];
  readonly #unreadable: EntryHome = { columns: this.columns, group: undefined };
  readonly #families = new Map<string, Family>();
  readonly #skipped = new Map<NoValue, number>();
  readonly #holds: CounterHolds;
  readonly #new: NewCounts;
  #before: readonly SeriesTable[] = [];
  #names: string[] | undefined;

  constructor({ prefix, withCreated, holdMs, targetLabels = [], newCounts = NOTHING_IS_NEW }: TableOptions) {
    this.#source = { prefix, targetLabels, parsed: new Map() };
    this.withCreated = withCreated;
    this.#holds = new CounterHolds(holdMs);
    this.#new = new NewCounts(newCounts);
  }

  /** The number of counts shown higher than Redis has them. */
  get held(): number {
    return this.#holds.size;
  }

  /** Takes the place of other tables: what those showed, no count of this one falls below. None to forget them. */
  follow(before: readonly SeriesTable[]): void {
    this.#before = before;
  }

  /** How many keys are known. */
  get size(): number {
    return this.columns.keys.size;
  }

  /** The key, if it is known. */
  get(key: string): SeriesEntry | undefined {
    const slot = this.columns.keys.find(key);
    return slot < 0 ? undefined : this.#entries[slot];
  }

  /** The key that followed another among changes last, if it is this one: several times cheaper than `get`. */
  follower(before: SeriesEntry, key: string): SeriesEntry | undefined {
    const slot = this.columns.follower[before.slot] ?? -1;
    return slot >= 0 && this.columns.keys.isAt(slot, key) ? this.#entries[slot] : undefined;
  }

  /** Notes which key followed another among changes. */
  noteFollower(before: SeriesEntry, { slot }: SeriesEntry): void {
    this.columns.follower[before.slot] = slot;
  }

  /** All known keys; it may go on while keys come and go: each that is there all the time is named once. */
  *entries(): Generator<SeriesEntry, void> {
    for (const entry of this.#entries) if (entry !== undefined) yield entry;
  }

  /** Families with at least one known key. */
  families(): MapIterator<Family> {
    return this.#families.values();
  }

  /** How many families have a known key. */
  get familyCount(): number {
    return this.#families.size;
  }

  /** The family of a name, if a key of it is known. */
  family(name: string): Family | undefined {
    return this.#families.get(name);
  }

  /** The entry of a key, new if it was unknown. */
  open(key: string): SeriesEntry {
    const known = this.get(key);
    if (known !== undefined) return known;
    const head = parseKeyHead(Buffer.from(key, 'latin1'), this.#source.prefix);
    const slot = this.columns.take(key, head.kind === 'head' ? key.length - head.encodedLabels.length : 0);
    const entry = head.kind === 'head' ? this.#newEntry(head, slot) : this.#newUnreadable(head.reason, slot);
    this.#count(entry.missing, 1);
    this.#entries[slot] = entry;
    return entry;
  }

  #newEntry(head: KeyHead, slot: number): SeriesEntry {
    const family = this.#openFamily(head.name);
    // Without a series too: its tag shows where a record of its metric may be.
    family.addKey(head.tag ?? '');
    const parsed = parseKeyLabels(head.encodedLabels);
    if (parsed.kind === 'skipped') return this.#newUnreadable(parsed.reason, slot);
    if (!parsed.labels.every(([name]) => isPlainName(name))) family.hasOtherNames = true;
    const entry = new SeriesEntry(family.group(head.type, this.columns), slot);
    this.#source.parsed.set(entry, shownLabelText(parsed.labels, this.#source));
    return entry;
  }

  #newUnreadable(reason: NoValue, slot: number): SeriesEntry {
    const entry = new SeriesEntry(this.#unreadable, slot);
    entry.missing = reason;
    return entry;
  }

  /** Takes over what was read under a key; true when that is something else than before. */
  apply(entry: SeriesEntry, outcome: ValueOutcome, nowMs: number): boolean {
    const { group } = entry;
    // A key that cannot be read stays so, whatever is under it.
    if (group === undefined) return false;
    if (outcome.kind === 'absent' || outcome.kind === 'refused') {
      return this.#lose(entry, group, outcome.kind === 'absent' ? 'absent' : outcome.reason);
    }
    const value = readValue(group.type, outcome);
    if (value.kind === 'skipped') return this.#lose(entry, group, value.reason);
    const { record, json } = value;
    this.columns.form[entry.slot] = FORM[value.form];
    const isHeld =
      record.type !== 'gauge' &&
      this.#holds.keeps(entry, { record, json }, this.#shownCount(entry) ?? this.#shownBefore(entry.key), nowMs);
    if (record.type !== 'gauge') this.#noteBeginning(entry, record.createdMs ?? Number.NaN, nowMs);
    const isChanged = isHeld ? this.#keepShown(entry) : this.#store(entry.slot, record, entry, json);
    if (entry.missing !== undefined) {
      this.#count(entry.missing, -1);
      entry.missing = undefined;
      group.add(entry);
    } else if (isChanged) group.markChanged(entry);
    return isChanged;
  }

  /** The metric name of a key, even where its labels cannot be read; undefined when it has none. */
  nameOf(entry: SeriesEntry): string | undefined {
    return entry.group?.name ?? this.#headOf(entry)?.name;
  }

  /** Forgets a key. */
  remove(entry: SeriesEntry): void {
    if (entry.group !== undefined) this.#lose(entry, entry.group, 'absent');
    const head = this.#headOf(entry);
    const family = head === undefined ? undefined : this.#families.get(head.name);
    family?.dropKey(head?.tag ?? '');
    if (family?.isEmpty === true) {
      this.#families.delete(family.name);
      this.#names = undefined;
    }
    this.#count(entry.missing, -1);
    this.#entries[entry.slot] = undefined;
    this.#source.parsed.delete(entry);
    this.#holds.drop(entry);
    this.#new.delete(entry);
    this.columns.release(entry.slot);
    entry.slot = -1;
  }

  /** Frees what only a rendering needs; to be called after it. */
  afterRendering(): void {
    this.#source.parsed.clear();
  }

  /** About how many bytes the values of all keys have. */
  valueBytes(): number {
    const { histograms } = this.columns;
    let bytes = (this.size - histograms.size) * SIMPLE_BYTES;
    for (const { json } of histograms.values()) bytes += json.length;
    return bytes;
  }

  /** How many keys each metric has, those with labels that cannot be read among them. */
  sizes(): Map<string, number> {
    const sizes = new Map<string, number>();
    for (const entry of this.entries()) {
      const name = this.nameOf(entry);
      if (name !== undefined) sizes.set(name, (sizes.get(name) ?? 0) + 1);
    }
    return sizes;
  }

  /** Ends what was held for long enough, or seen as 0, and names the families in the order of their bytes. */
  settle(nowMs: number): readonly string[] {
    for (const entry of this.#new.takeSeen()) {
      this.columns.atZero.delete(entry.slot);
      if (entry.missing === undefined) entry.group?.markChanged(entry);
    }
    for (const [entry, { record, json }] of this.#holds.takeOverdue(nowMs)) {
      if (this.#store(entry.slot, record, entry, json)) entry.group?.markChanged(entry);
    }
    this.#names ??= [...this.#families.keys()].sort(compareBytes);
    return this.#names;
  }

  /** Keys that have no series to show, by reason. */
  get skipped(): ReadonlyMap<NoValue, number> {
    return this.#skipped;
  }

  #headOf({ key }: SeriesEntry): KeyHead | undefined {
    const head = parseKeyHead(Buffer.from(key, 'latin1'), this.#source.prefix);
    return head.kind === 'head' ? head : undefined;
  }

  #openFamily(name: string): Family {
    let family = this.#families.get(name);
    if (family === undefined) {
      family = new Family(this.#source, name);
      this.#families.set(name, family);
      this.#names = undefined;
    }
    return family;
  }

  #lose(entry: SeriesEntry, group: EntryGroup, missing: NoValue): boolean {
    if (entry.missing === missing) return false;
    if (entry.missing === undefined) {
      group.remove(entry);
      this.columns.histograms.delete(entry.slot);
      this.columns.exemplars.delete(entry.slot);
    }
    this.#count(entry.missing, -1);
    this.#count(missing, 1);
    entry.missing = missing;
    return true;
  }

  /** Shows a count as 0 that is new: one of this beginning was not here before, nor in a table whose place this one takes. */
  #noteBeginning(entry: SeriesEntry, createdMs: number, nowMs: number): void {
    if (this.columns.createdMs[entry.slot] === createdMs) return;
    const before = this.#before.find((one) => one.#createdMs(entry.key) === createdMs);
    const since = before === undefined ? undefined : before.#since(entry.key);
    if (before === undefined ? this.#new.isNew(createdMs, nowMs) : since !== undefined) {
      this.#new.add(entry, since);
      this.columns.atZero.add(entry.slot);
    } else {
      this.#new.delete(entry);
      this.columns.atZero.delete(entry.slot);
    }
  }

  #createdMs(key: string): number | undefined {
    const slot = this.columns.keys.find(key);
    return slot < 0 ? undefined : this.columns.createdMs[slot];
  }

  #since(key: string): number | undefined {
    const entry = this.get(key);
    return entry === undefined ? undefined : this.#new.since(entry);
  }

  #shownBefore(key: string): ShownCount | undefined {
    for (const table of this.#before) {
      const entry = table.get(key);
      const shown = entry === undefined ? undefined : table.#shownCount(entry);
      if (shown !== undefined) return shown;
    }
    return undefined;
  }

  /** The count that a key showed; undefined when it showed none. */
  #shownCount(entry: SeriesEntry): ShownCount | undefined {
    const { slot, missing, group } = entry;
    if (missing !== undefined || group === undefined || group.type === 'gauge') return undefined;
    const [createdMs, count] = [this.columns.createdMs[slot] ?? Number.NaN, this.columns.value[slot] ?? Number.NaN];
    return { createdMs, count, heldUntilMs: this.#holds.untilMs(entry) };
  }

  /** Leaves a held count as it is shown; in a new table, as the one before showed it. */
  #keepShown(entry: SeriesEntry): boolean {
    if (entry.missing === undefined) return false;
    const table = this.#before.find((one) => one.get(entry.key) !== undefined);
    const before = table?.get(entry.key);
    if (table === undefined || before === undefined) return false;
    const { columns } = table;
    for (const name of ['value', 'createdMs', 'timestampMs'] as const) {
      this.columns[name][entry.slot] = columns[name][before.slot] ?? Number.NaN;
    }
    const histogram = columns.histograms.get(before.slot);
    if (histogram !== undefined) this.columns.histograms.set(entry.slot, { ...histogram });
    const exemplars = columns.exemplars.get(before.slot);
    if (exemplars !== undefined) this.columns.exemplars.set(entry.slot, exemplars);
    return true;
  }

  #count(missing: NoValue | undefined, by: number): void {
    if (missing !== undefined) this.#skipped.set(missing, (this.#skipped.get(missing) ?? 0) + by);
  }

  #store(slot: number, record: MetricRecord, entry: SeriesEntry, json: string): boolean {
    const { columns } = this;
    const createdMs = record.type === 'gauge' ? Number.NaN : (record.createdMs ?? Number.NaN);
    const timestampMs = record.timestampMs ?? Number.NaN;
    const count = record.type === 'histogram' ? record.count : record.value;
    const isHistogramChanged = record.type === 'histogram' && columns.histograms.get(slot)?.json !== json;
    const areExemplarsChanged = record.type === 'counter' && this.#storeExemplars(slot, record.exemplars);
    const isChanged =
      entry.missing !== undefined ||
      isHistogramChanged ||
      areExemplarsChanged ||
      !Object.is(columns.value[slot], count) ||
      !Object.is(columns.createdMs[slot], createdMs) ||
      !Object.is(columns.timestampMs[slot], timestampMs);
    columns.value[slot] = count;
    columns.createdMs[slot] = createdMs;
    columns.timestampMs[slot] = timestampMs;
    if (isHistogramChanged) {
      const hasExemplars = record.exemplars !== undefined && record.exemplars.length > 0;
      columns.histograms.set(slot, { json, dueMs: Number.POSITIVE_INFINITY, hasExemplars });
    }
    return isChanged;
  }

  /** @returns whether they are others than before */
  #storeExemplars(slot: number, exemplars: readonly Exemplar[] | undefined): boolean {
    const known = this.columns.exemplars;
    if (exemplars === undefined) return known.size > 0 && known.delete(slot);
    const isSame = JSON.stringify(known.get(slot)) === JSON.stringify(exemplars);
    known.set(slot, exemplars);
    return !isSame;
  }
}
