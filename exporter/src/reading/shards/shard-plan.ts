import { hashSlot } from '@redmeter/metric-format';
import { servesSlot, type RedisNode } from '../../redis/redis-target.js';

/** Keys that are read together: those with one hash tag, or those of one node without a tag that has indexes. */
export interface ShardPlan {
  /** Stays the same while the same keys belong to it, whichever server has them. */
  readonly id: string;
  readonly tag: string | undefined;
  /** Undefined when no node serves it. */
  readonly node: RedisNode | undefined;
  /** Undefined when all keys are its own. */
  readonly owns: ((key: string) => boolean) | undefined;
}

/** What to read from which node, in an order that depends on slots alone, so that all exporters use the same order. */
export function planShards(
  nodes: readonly RedisNode[],
  {
    isCluster,
    tags,
    prefix,
  }: { readonly isCluster: boolean; readonly tags: readonly string[]; readonly prefix: string },
): ShardPlan[] {
  const beginnings = new Set(tags.map((tag) => `${prefix}:{${tag}}:`));
  const isTagged = (key: string): boolean =>
    beginnings.size > 0 &&
    key.charCodeAt(prefix.length + 1) === OPENING_BRACE &&
    beginnings.has(key.slice(0, key.indexOf('}') + 2));
  const untagged = nodes.map((node): ShardPlan => {
    const slots = node.slots.map(({ first, last }) => `${first}-${last}`).join(',');
    const owns = (key: string): boolean => !isTagged(key) && (!isCluster || servesSlot(node, hashSlot(key)));
    return {
      id: `${slots} but ${tags.join(',')}`,
      tag: undefined,
      node,
      owns: isCluster || tags.length > 0 ? owns : undefined,
    };
  });
  const tagged = tags.map((tag): ShardPlan => {
    const beginning = `${prefix}:{${tag}}:`;
    const node = nodes.find((one) => servesSlot(one, hashSlot(tag)));
    return { id: `{${tag}}`, tag, node, owns: (key) => key.startsWith(beginning) };
  });
  return [...untagged, ...tagged];
}

const OPENING_BRACE = '{'.charCodeAt(0);
