import { isLegacyMetricName, type FamilyRecord, type MetricType } from '@redmeter/metric-format';
import type { LabelSource } from './lines/member-labels.js';
import { SeriesGroup } from './lines/series-group.js';
import type { SeriesColumns } from './entries/series-columns.js';

/** What describes a metric, as it was read. */
export interface StoredFamilyRecord {
  readonly bytes: Buffer;
  /** Undefined when it is none. */
  readonly record: FamilyRecord | undefined;
}

/** All keys of one metric name, under whichever type. */
export class Family {
  readonly name: string;
  /** Whether its name, or a label name of a key that it has or had, is none that Prometheus 2 accepts. */
  hasOtherNames: boolean;
  /** Its records as they were read last, by hash tag; that which is beside keys without a tag, by the empty one. */
  records: ReadonlyMap<string, StoredFamilyRecord> = new Map();
  readonly #keysByTag = new Map<string, number>();
  readonly #source: LabelSource;
  readonly #groups = new Map<MetricType, SeriesGroup>();

  constructor(source: LabelSource, name: string) {
    this.#source = source;
    this.name = name;
    this.hasOtherNames = !isLegacyMetricName(name);
  }

  /** The hash tags of its keys, empty for those without one. */
  get tags(): Iterable<string> {
    return this.#keysByTag.keys();
  }

  /** Whether no key of it is known, with a value or without. */
  get isEmpty(): boolean {
    return this.#keysByTag.size === 0;
  }

  /** Takes in a key. */
  addKey(tag: string): void {
    this.#keysByTag.set(tag, (this.#keysByTag.get(tag) ?? 0) + 1);
  }

  /** Lets a key go. */
  dropKey(tag: string): void {
    const left = (this.#keysByTag.get(tag) ?? 0) - 1;
    if (left > 0) this.#keysByTag.set(tag, left);
    else this.#keysByTag.delete(tag);
  }

  /** The keys of one type. */
  group(type: MetricType, columns: SeriesColumns): SeriesGroup {
    let group = this.#groups.get(type);
    if (group === undefined) {
      group = new SeriesGroup(this.#source, this.name, type, columns);
      this.#groups.set(type, group);
    }
    return group;
  }

  /** Puts new keys of every type in their places. */
  settle(): void {
    for (const group of this.#groups.values()) group.settle();
  }

  /** How many keys of a type have a value. */
  keyCountOf(type: MetricType): number {
    return this.#groups.get(type)?.keyCount ?? 0;
  }
}

/** What describes a metric that is in several tables: the record without a tag, else that with the first one. */
export function recordOf(families: readonly Family[]): FamilyRecord | undefined {
  let first: string | undefined;
  let chosen: FamilyRecord | undefined;
  for (const { records } of families) {
    for (const [tag, { record }] of records) {
      if (record === undefined || (first !== undefined && first <= tag)) continue;
      first = tag;
      chosen = record;
    }
  }
  return chosen;
}
