import { METRIC_TYPES, type FamilyRecord, type MetricType } from '@redmeter/metric-format';
import { SeriesGroup } from './series-group.js';
import type { SeriesColumns } from './series-columns.js';

/** All keys of one metric name, under whichever type. */
export class Family {
  readonly name: string;
  /** What its record says; undefined when there is none. */
  record: FamilyRecord | undefined = undefined;
  /** The bytes of its record as they were read last. */
  recordBytes: Buffer | undefined = undefined;
  /** Keys of it that are known, with a value or without. */
  keyCount = 0;
  readonly #prefix: string;
  readonly #groups = new Map<MetricType, SeriesGroup>();

  /** @param prefix what keys start with, before the first colon */
  constructor(prefix: string, name: string) {
    this.#prefix = prefix;
    this.name = name;
  }

  /** The keys of one type. */
  group(type: MetricType, columns: SeriesColumns): SeriesGroup {
    let group = this.#groups.get(type);
    if (group === undefined) {
      group = new SeriesGroup(this.#prefix, this.name, type, columns);
      this.#groups.set(type, group);
    }
    return group;
  }

  /** Puts new keys of every type in their places. */
  settle(): void {
    for (const group of this.#groups.values()) group.settle();
  }

  /**
   * The group that is shown, and how many keys of others are not: where a name stands under several types, its
   * record decides, else the order of METRIC_TYPES.
   */
  chosen(): { readonly group: SeriesGroup | undefined; readonly conflicts: number } {
    const groups = METRIC_TYPES.flatMap((type) => this.#groups.get(type) ?? []).filter(({ keyCount }) => keyCount > 0);
    const group = groups.find(({ type }) => type === this.record?.type) ?? groups[0];
    const conflicts = groups.reduce((sum, other) => (other === group ? sum : sum + other.keyCount), 0);
    return { group, conflicts };
  }
}
