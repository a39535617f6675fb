import { encodeLabelValue, encodeName, parseSeriesKey, type Label, type MetricType } from '@redmeter/metric-format';
import type { Shards } from '../series/shards.js';

/** The part of a family that a sweep uses. */
export interface SweptFamily {
  readonly name: string;
  readonly type: MetricType;
  readonly scope: { readonly shards: Shards };
  /** Removes a series that a sweep found in Redis. */
  removeFound(key: string): void;
  /** Called when a sweep has searched all shards. */
  endSweep(sweep: SeriesSweep): void;
}

/**
 * The removal of all series of a metric with given labels: those that this process knows immediately, those found in Redis with the next
 * flush.
 */
export class SeriesSweep {
  readonly family: SweptFamily;
  /** As written in a key. */
  readonly #labels: readonly string[];
  /** Names of labels that the series must not have, as written in a key. */
  readonly #absent: readonly string[];
  /** Both as one string. */
  readonly #wanted: string;
  #shardsLeft = 0;

  /**
   * @param labels labels that a series must have
   * @param absent names of labels that it must not have
   */
  constructor(family: SweptFamily, labels: readonly Label[], absent: readonly string[]) {
    this.family = family;
    this.#labels = labels.map(labelText);
    this.#absent = absent.map((name) => `${encodeName(name)}=`);
    this.#wanted = [...this.#labels, ...this.#absent].sort().join();
  }

  /** Whether another sweep removes the same series. */
  isLike(other: SeriesSweep): boolean {
    return this.#wanted === other.#wanted;
  }

  /** Called for each shard to search. */
  begin(): void {
    this.#shardsLeft += 1;
  }

  /** Called when a shard was searched. */
  end(): void {
    this.#shardsLeft -= 1;
    if (this.#shardsLeft === 0) this.family.endSweep(this);
  }

  /** Whether a key written by this process matches. */
  matches(key: string): boolean {
    if (this.#wanted === '') return true;
    return (
      this.#labels.every((label) => holds(key, label, true)) && !this.#absent.some((name) => holds(key, name, false))
    );
  }

  /** The same for a key found in Redis; it may be written by hand, with labels in any order and encoding. */
  matchesFound(key: string): boolean {
    const { family } = this;
    const parsed = parseSeriesKey(Buffer.from(key), family.scope.shards.prefix);
    if (parsed.kind !== 'series' || parsed.id.type !== family.type || parsed.id.name !== family.name) return false;
    return this.matches(`:${parsed.id.labels.map(labelText).join()}`);
  }
}

function labelText([name, value]: Label): string {
  return `${encodeName(name)}=${encodeLabelValue(value)}`;
}

/** Whether a key contains a label, or with `isWhole` false one that starts with the text; values contain no colons or commas. */
function holds(key: string, label: string, isWhole: boolean): boolean {
  for (let at = key.indexOf(label); at !== -1; at = key.indexOf(label, at + 1)) {
    const before = key[at - 1];
    const after = key[at + label.length];
    if ((before === ':' || before === ',') && (!isWhole || after === undefined || after === ',')) return true;
  }
  return false;
}
