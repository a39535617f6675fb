import {
  DERIVED_SUFFIXES,
  OWN_NAME_START,
  parseKeyHead,
  parseSeriesKey,
  type MetricRecord,
  type MetricType,
} from '@redmeter/metric-format';
import { SkipCounts } from '@redmeter/metric-reader';
import { CounterHolds, type ShownCount } from './counter-holds.js';
import { Family } from './family.js';
import { shownFamilies, type ShownFamily } from './shown-family.js';
import { SeriesColumns } from './series-columns.js';
import { SeriesEntry, type NoValue } from './series-entry.js';
import type { SeriesGroup } from './series-group.js';
import { readValue, type ValueOutcome } from './value-outcome.js';

/** What the series are at one moment, rendered. */
export interface SeriesSnapshot {
  /** In the order of their names' bytes. */
  readonly families: readonly ShownFamily[];
  /** Series shown, by type. */
  readonly seriesByType: ReadonlyMap<MetricType, number>;
  /** Keys left out, by reason. */
  readonly skipped: SkipCounts;
  /** When the newest series shown was written, in milliseconds since the epoch; undefined when none says. */
  readonly lastWriteMs: number | undefined;
}

/** All keys that are known, with what lies under them. */
export class SeriesTable {
  readonly columns = new SeriesColumns();
  readonly #prefix: string;
  readonly #withCreated: boolean;
  readonly #entries = new Map<string, SeriesEntry>();
  readonly #families = new Map<string, Family>();
  readonly #skipped = new Map<NoValue, number>();
  readonly #holds: CounterHolds;
  #before: SeriesTable | undefined;
  #names: string[] | undefined;

  /**
   * @param prefix what keys start with, before the first colon
   * @param withCreated whether faces with `_created` are rendered
   * @param holdMs see CounterHolds
   */
  constructor(prefix: string, withCreated: boolean, holdMs: number) {
    this.#prefix = prefix;
    this.#withCreated = withCreated;
    this.#holds = new CounterHolds(holdMs);
  }

  /** Counts shown higher than Redis has them. */
  get held(): number {
    return this.#holds.size;
  }

  /** Takes the place of another table: what that one showed, no count of this one falls below. Undefined to forget it. */
  follow(before: SeriesTable | undefined): void {
    this.#before = before;
  }

  /** How many keys are known. */
  get size(): number {
    return this.#entries.size;
  }

  /** The key, if it is known. */
  get(key: string): SeriesEntry | undefined {
    return this.#entries.get(key);
  }

  /** All known keys; it may go on while keys come and go, as a Map's iterator may. */
  entries(): MapIterator<SeriesEntry> {
    return this.#entries.values();
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
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    const parsed = parseSeriesKey(Buffer.from(key, 'latin1'), this.#prefix);
    const slot = this.columns.take();
    let entry: SeriesEntry;
    if (parsed.kind === 'series') {
      const { name, type } = parsed.id;
      const family = this.#openFamily(name);
      family.keyCount += 1;
      entry = new SeriesEntry(key, family.group(type, this.columns), slot);
    } else {
      entry = new SeriesEntry(key, undefined, slot);
      entry.missing = parsed.reason;
    }
    this.#count(entry.missing, 1);
    this.#entries.set(key, entry);
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
    entry.isBare = !value.text.startsWith('{') && !value.text.trimStart().startsWith('{');
    const { record, text } = value;
    const isHeld =
      record.type !== 'gauge' &&
      this.#holds.keeps(entry, { record, text }, this.#shownCount(entry) ?? this.#before?.shownCount(entry.key), nowMs);
    const isChanged = isHeld ? this.#keepShown(entry) : this.#store(entry.slot, record, entry, text);
    if (entry.missing !== undefined) {
      this.#count(entry.missing, -1);
      entry.missing = undefined;
      group.add(entry);
    } else if (isChanged) group.markChanged(entry);
    return isChanged;
  }

  /** The metric name of a key, even where its labels cannot be read; undefined when it has none. */
  nameOf({ group, key }: SeriesEntry): string | undefined {
    if (group !== undefined) return group.name;
    const head = parseKeyHead(Buffer.from(key, 'latin1'), this.#prefix);
    return head.kind === 'head' ? head.name : undefined;
  }

  /** Forgets a key. */
  remove(entry: SeriesEntry): void {
    const { group } = entry;
    if (group !== undefined) {
      this.#lose(entry, group, 'absent');
      const family = this.#families.get(group.name);
      if (family !== undefined && (family.keyCount -= 1) === 0) {
        this.#families.delete(group.name);
        this.#names = undefined;
      }
    }
    this.#count(entry.missing, -1);
    this.#entries.delete(entry.key);
    this.#holds.drop(entry);
    this.columns.release(entry.slot);
    entry.slot = -1;
    // Else it would keep others alive that went before it.
    entry.next = undefined;
  }

  /**
   * Forgets whole families until at most `most` keys are left: families are taken by the bytes of their names, redmeter's
   * own first, each as long as it fits.
   * @returns the names left out
   */
  truncate(most: number): string[] {
    const sizes = new Map<string, number>();
    for (const entry of this.#entries.values()) {
      const name = this.nameOf(entry);
      if (name !== undefined) sizes.set(name, (sizes.get(name) ?? 0) + 1);
    }
    let room = most;
    const left = new Set<string>();
    const names = [...sizes.keys()].sort((a, b) => (a < b ? -1 : 1));
    const isOwn = (name: string): boolean => name.startsWith(OWN_NAME_START);
    for (const name of [...names.filter(isOwn), ...names.filter((other) => !isOwn(other))]) {
      const size = sizes.get(name) ?? 0;
      if (size <= room) room -= size;
      else left.add(name);
    }
    for (const entry of [...this.#entries.values()]) {
      const name = this.nameOf(entry);
      if (name !== undefined && left.has(name)) this.remove(entry);
    }
    return [...left].sort((a, b) => (a < b ? -1 : 1));
  }

  /** Renders what changed and answers what is shown at `nowMs`. */
  snapshot(nowMs: number): SeriesSnapshot {
    for (const [entry, { record, text }] of this.#holds.takeOverdue(nowMs)) {
      if (this.#store(entry.slot, record, entry, text)) entry.group?.markChanged(entry);
    }
    this.#names ??= [...this.#families.keys()].sort((a, b) => (a < b ? -1 : 1));
    const seriesByType = new Map<MetricType, number>();
    const skipped = new SkipCounts();
    for (const [reason, count] of this.#skipped) if (reason !== 'absent') skipped.add(reason, count);
    const histograms = new Set<string>();
    const families: ShownFamily[] = [];
    let lastWriteMs = Number.NEGATIVE_INFINITY;
    for (const name of this.#names) {
      const family = this.#families.get(name);
      if (family === undefined) continue;
      family.settle();
      const { group, conflicts } = family.chosen();
      if (group === undefined) continue;
      skipped.add('type_conflict', conflicts);
      if (isDerived(name, histograms)) {
        skipped.add('derived_name', group.keyCount);
        continue;
      }
      if (group.type === 'histogram') histograms.add(name);
      group.render(nowMs, this.#withCreated);
      const copies = group.countCopies(nowMs);
      skipped.add('duplicate_series', copies.duplicates);
      skipped.add('bounds_mismatch', copies.boundsMismatches);
      seriesByType.set(group.type, (seriesByType.get(group.type) ?? 0) + group.seriesCount);
      for (const { newestMs } of group.chunks) lastWriteMs = Math.max(lastWriteMs, newestMs);
      families.push(...shownFamilies(family, group));
    }
    families.sort((a, b) => (a.name < b.name ? -1 : 1));
    return { families, seriesByType, skipped, lastWriteMs: Number.isFinite(lastWriteMs) ? lastWriteMs : undefined };
  }

  #openFamily(name: string): Family {
    let family = this.#families.get(name);
    if (family === undefined) {
      family = new Family(this.#prefix, name);
      this.#families.set(name, family);
      this.#names = undefined;
    }
    return family;
  }

  #lose(entry: SeriesEntry, group: SeriesGroup, missing: NoValue): boolean {
    if (entry.missing === missing) return false;
    if (entry.missing === undefined) {
      group.remove(entry);
      entry.json = undefined;
    }
    this.#count(entry.missing, -1);
    this.#count(missing, 1);
    entry.missing = missing;
    return true;
  }

  /** The count that a key showed; undefined when it showed none. */
  shownCount(key: string): ShownCount | undefined {
    const entry = this.#entries.get(key);
    return entry === undefined ? undefined : this.#shownCount(entry);
  }

  #shownCount({ slot, missing, group }: SeriesEntry): ShownCount | undefined {
    if (missing !== undefined || group === undefined || group.type === 'gauge') return undefined;
    return { createdMs: this.columns.createdMs[slot] ?? Number.NaN, count: this.columns.value[slot] ?? Number.NaN };
  }

  /** Leaves a held count as it is shown; in a new table, as the one before showed it. */
  #keepShown(entry: SeriesEntry): boolean {
    if (entry.missing === undefined) return false;
    const before = this.#before?.get(entry.key);
    if (before === undefined || this.#before === undefined) return false;
    const { columns } = this.#before;
    for (const name of ['value', 'createdMs', 'timestampMs'] as const) {
      this.columns[name][entry.slot] = columns[name][before.slot] ?? Number.NaN;
    }
    entry.json = before.json;
    return true;
  }

  #count(missing: NoValue | undefined, by: number): void {
    if (missing !== undefined) this.#skipped.set(missing, (this.#skipped.get(missing) ?? 0) + by);
  }

  #store(slot: number, record: MetricRecord, entry: SeriesEntry, text: string): boolean {
    const { columns } = this;
    const createdMs = record.type === 'gauge' ? Number.NaN : (record.createdMs ?? Number.NaN);
    const timestampMs = record.timestampMs ?? Number.NaN;
    const count = record.type === 'histogram' ? record.count : record.value;
    const isHistogramChanged = record.type === 'histogram' && entry.json !== text;
    const isChanged =
      entry.missing !== undefined ||
      isHistogramChanged ||
      !Object.is(columns.value[slot], count) ||
      !Object.is(columns.createdMs[slot], createdMs) ||
      !Object.is(columns.timestampMs[slot], timestampMs);
    columns.value[slot] = count;
    columns.createdMs[slot] = createdMs;
    columns.timestampMs[slot] = timestampMs;
    if (isHistogramChanged) {
      entry.json = text;
      columns.dueMs[slot] = Number.POSITIVE_INFINITY;
    }
    return isChanged;
  }
}

function isDerived(name: string, histograms: ReadonlySet<string>): boolean {
  return DERIVED_SUFFIXES.some((suffix) => name.endsWith(suffix) && histograms.has(name.slice(0, -suffix.length)));
}
