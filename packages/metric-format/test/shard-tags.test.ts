import { describe, expect, it } from '@jest/globals';
import { FIRST_SHARD_TAGS, HASH_SLOTS, hashSlot, MAX_SHARDS, shardOf, shardTags } from '../src/index.js';

describe('the slot of a key', () => {
  it.each([
    // The check value of CRC-16/XMODEM.
    ['123456789', 0x31c3],
    ['foo', 12_182],
    ['{foo}:bar', 12_182],
    ['metrics:{foo}:counter:x:q=%7Bbar%7D', 12_182],
    ['', 0],
  ])('%j is %i', (key, slot) => {
    expect(hashSlot(key)).toBe(slot);
  });

  it('is that of the whole key if the braces are empty', () => {
    expect(hashSlot('foo{}{bar}')).toBe(8363);
    expect(hashSlot('{foo')).not.toBe(hashSlot('foo'));
  });
});

describe('the tags of shards', () => {
  it.each([1, 2, 3, 4, 12, 100, MAX_SHARDS])('lie one in each of %i equal ranges', (count) => {
    const ranges = shardTags(count).map((tag) => Math.floor((hashSlot(tag) * count) / HASH_SLOTS));
    expect(ranges).toEqual(Array.from({ length: count }, (_, i) => i));
    expect(FIRST_SHARD_TAGS).toContain(shardTags(count)[0]);
  });

  it('are the smallest numbers that do', () => {
    expect(shardTags(1)).toEqual(['0']);
    expect(shardTags(3)).toEqual(['3', '1', '0']);
  });
});

describe('the shard of a series', () => {
  it.each([
    // Their slots, by CLUSTER KEYSLOT: 12182, 6553 and 14115.
    ['foo', 3, 2],
    ['foo', 1, 0],
    ['metrics:counter:user_events:event=joined', 3, 1],
    ['metrics:counter:pläne:ort=Zürich', 3, 2],
  ])('%j of %i is %i', (key, count, shard) => {
    expect(shardOf(key, count)).toBe(shard);
  });
});
