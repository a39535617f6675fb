import type { MetricType, SkipReason } from '@redmeter/metric-format';
import type { Chunk } from './chunk.js';
import type { SeriesGroup } from './series-group.js';

/** Why a key has no value to show: a skip reason, or that there is nothing under it (any more). */
export type NoValue = SkipReason | 'absent';

/** One key, whether it has a series to show or not. */
export class SeriesEntry {
  /** The key's bytes, one a character. */
  readonly key: string;
  /** The keys of its name and type; undefined when the key itself cannot be read. */
  readonly group: SeriesGroup | undefined;
  /** Its labels as text, see labelSet. */
  readonly labels: string;
  /** Its slot in SeriesColumns. */
  readonly slot: number;
  /** Why there is no value; undefined when there is one. */
  missing: NoValue | undefined = 'absent';
  /** A histogram's record as it was read, JSON: far smaller than its numbers as objects. */
  json: string | undefined = undefined;
  /** Where it is rendered; undefined while it has no value, or waits to be put in its place. */
  chunk: Chunk | undefined = undefined;
  /** Where it stood in its chunk when that was last laid out; it may have moved. */
  position = 0;
  /** Whether its value is a bare number, which any language may add to without noting it in the index. */
  isBare = false;
  /** Whether the key was forgotten. */
  isGone = false;
  /** The read in which a full listing last named it. */
  listedIn = 0;

  constructor(key: string, group: SeriesGroup | undefined, labels: string, slot: number) {
    this.key = key;
    this.group = group;
    this.labels = labels;
    this.slot = slot;
  }

  get type(): MetricType | undefined {
    return this.group?.type;
  }
}
