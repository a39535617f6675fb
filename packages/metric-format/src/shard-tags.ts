import { HASH_SLOTS, hashSlot } from './hash-slot.js';

/** Most shards that a data set may have. */
export const MAX_SHARDS = 1024;

/**
 * The hash tags of a data set's shards: that of the i-th is the smallest whole number whose slot lies in the i-th of as
 * many equal ranges of slots, so that each of as many masters with such ranges holds one.
 * @param count from 1 to MAX_SHARDS
 */
export function shardTags(count: number): string[] {
  const tags: (string | undefined)[] = Array.from({ length: count });
  for (let number = 0, missing = count; missing > 0; number += 1) {
    const tag = String(number);
    const range = Math.floor((hashSlot(tag) * count) / HASH_SLOTS);
    if (tags[range] !== undefined) continue;
    tags[range] = tag;
    missing -= 1;
  }
  return tags.map(String);
}

/**
 * In which of `count` shards a series lies, from 0: the one in whose range of slots its key would lie without a tag.
 * @param key the series' key without a tag, as text
 */
export function shardOf(key: string, count: number): number {
  const bytes = Buffer.from(key).toString('latin1');
  return Math.floor((hashSlot(bytes) * count) / HASH_SLOTS);
}

/** The tags that the first shard of any data set may have: whoever looks for a data set asks these for its record. */
export const FIRST_SHARD_TAGS: readonly string[] = firstTags();

// With more shards the first range is smaller, so these are the numbers with a slot below those of all smaller numbers.
function firstTags(): string[] {
  const tags: string[] = [];
  let lowest = HASH_SLOTS;
  for (let number = 0; lowest >= HASH_SLOTS / MAX_SHARDS; number += 1) {
    const slot = hashSlot(String(number));
    if (slot >= lowest) continue;
    lowest = slot;
    tags.push(String(number));
  }
  return tags;
}
