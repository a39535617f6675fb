import {
  buildSeriesKey,
  shardOf,
  shardTags,
  type KeySpace,
  type Label,
  type MetricType,
} from '@redmeter/metric-format';

/** The shards of a data set, each in one slot of a Redis Cluster; or a single one without a tag. */
export class Shards {
  readonly prefix: string;
  /** The key space of each shard. */
  readonly spaces: readonly KeySpace[];
  readonly #indexes = new Map<string, number>();
  readonly #tagStart: number;
  readonly #isTagged: boolean;

  /** @param count undefined for a single shard without a tag */
  constructor(prefix: string, count?: number) {
    this.prefix = prefix;
    this.#isTagged = count !== undefined;
    this.spaces = count === undefined ? [{ prefix }] : shardTags(count).map((tag) => ({ prefix, tag }));
    this.#tagStart = prefix.length + 2;
    for (const [i, { tag }] of this.spaces.entries()) if (tag !== undefined) this.#indexes.set(tag, i);
  }

  get count(): number {
    return this.spaces.length;
  }

  /** The shard that exists with any number of shards, since its tag is the smallest: there, different numbers are noticed. */
  get common(): number {
    return this.#indexes.get('0') ?? 0;
  }

  /** The key of a series, with the tag of its shard. */
  keyOf(type: MetricType, name: string, labels: Iterable<Label>): string {
    const { prefix } = this;
    const key = buildSeriesKey({ prefix }, type, name, labels);
    if (!this.#isTagged) return key;
    const tag = this.spaces[shardOf(key, this.count)]?.tag ?? '';
    return `${prefix}:{${tag}}${key.slice(prefix.length)}`;
  }

  /** The index of the shard of a series, from 0. */
  indexOf(key: string): number {
    if (this.count === 1) return 0;
    return this.#indexes.get(key.slice(this.#tagStart, key.indexOf('}', this.#tagStart))) ?? 0;
  }

  /** The key space of the shard of a series. */
  spaceOf(key: string): KeySpace {
    return this.spaces[this.indexOf(key)] ?? { prefix: this.prefix };
  }
}
