import type { FamilyRecord, MetricType } from '@redmeter/metric-format';
import type { LabelSource } from './label-text.js';
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
  readonly #source: LabelSource;
  readonly #groups = new Map<MetricType, SeriesGroup>();

  constructor(source: LabelSource, name: string) {
    this.#source = source;
    this.name = name;
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
