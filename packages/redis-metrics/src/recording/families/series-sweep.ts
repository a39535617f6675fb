import { encodeLabelValue, parseSeriesKey, type Label, type MetricType } from '@redmeter/metric-format';
import type { Shards } from '../series/shards.js';

/** What a sweep needs of the family whose series it removes. */
export interface SweptFamily {
  readonly name: string;
  readonly type: MetricType;
  readonly scope: { readonly shards: Shards };
  /** Removes the series of a key that a sweep found in Redis. */
  removeFound(key: string): void;
  /** Notes that a sweep went through all shards. */
  endSweep(sweep: SeriesSweep): void;
}

/**
 * The removal of all series of a metric that have some labels: at once of those that this process knows, at the next flush of
 * those that are found in Redis.
 */
export class SeriesSweep {
  readonly family: SweptFamily;
  /** As they stand in a key. */
  readonly #labels: readonly string[];
  /** Names of labels that the series must not have, as they stand in a key. */
  readonly #absent: readonly string[];
  /** All of these as one text. */
  readonly #wanted: string;
  #shardsLeft = 0;

  /**
   * @param labels that a series must have
   * @param absent names of labels that it must not have
   */
  constructor(family: SweptFamily, labels: readonly Label[], absent: readonly string[]) {
    this.family = family;
    this.#labels = labels.map(labelText);
    this.#absent = absent.map((name) => `${name}=`);
    this.#wanted = [...this.#labels, ...this.#absent].sort().join();
  }

  /** Whether another looks for the same series. */
  isLike(other: SeriesSweep): boolean {
    return this.#wanted === other.#wanted;
  }

  /** Notes that a shard is to be looked through. */
  begin(): void {
    this.#shardsLeft += 1;
  }

  /** Notes that a shard was. */
  end(): void {
    this.#shardsLeft -= 1;
    if (this.#shardsLeft === 0) this.family.endSweep(this);
  }

  /** Whether the sweep is to remove the series of a key that this process made. */
  matches(key: string): boolean {
    if (this.#wanted === '') return true;
    return (
      this.#labels.every((label) => holds(key, label, true)) && !this.#absent.some((name) => holds(key, name, false))
    );
  }

  /** The same for a key found in Redis, which people may have written, with labels in any order and spelling. */
  matchesFound(key: string): boolean {
    const { family } = this;
    const parsed = parseSeriesKey(Buffer.from(key), family.scope.shards.prefix);
    if (parsed.kind !== 'series' || parsed.id.type !== family.type || parsed.id.name !== family.name) return false;
    return this.matches(`:${parsed.id.labels.map(labelText).join()}`);
  }
}

function labelText([name, value]: Label): string {
  return `${name}=${encodeLabelValue(value)}`;
}

/** Whether a label stands in a key, or begins there as this one does; in its values are neither colons nor commas. */
function holds(key: string, label: string, isWhole: boolean): boolean {
  for (let at = key.indexOf(label); at !== -1; at = key.indexOf(label, at + 1)) {
    const before = key[at - 1];
    const after = key[at + label.length];
    if ((before === ':' || before === ',') && (!isWhole || after === undefined || after === ',')) return true;
  }
  return false;
}
