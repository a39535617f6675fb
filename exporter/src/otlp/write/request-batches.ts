import { buildSeriesKey, internalKeys, shardOf, shardTags, type KeySpace } from '@redmeter/metric-format';
import { operationText, type PointEffect, type SeriesChange, type StreamTotal } from '../points/changes.js';
import { familyText } from '../points/family.js';

/** Most that a batch costs, in counters: Redis does nothing else while it applies one. As in batches of the library. */
const BATCH_CAPACITY = 128;

/** One call of the merge script: what a request does to some series of one shard. */
interface RequestBatch {
  readonly changes: readonly SeriesChange[];
  readonly familyKeys: readonly string[];
  readonly seriesKeys: readonly string[];
  readonly streamKeys: readonly string[];
  readonly families: readonly string[];
  /** The operations, with ages of now, in milliseconds since the epoch. */
  operations(nowMs: number, steadySources: ReadonlySet<string>): readonly string[];
}

/** The batches of one shard, numbered from 1. */
export interface ShardBatches {
  readonly space: KeySpace;
  readonly batches: readonly RequestBatch[];
}

/** The shards of a data set. */
export interface ShardLayout {
  readonly prefix: string;
  /** The key space of each shard. */
  readonly spaces: readonly KeySpace[];
}

/** @param count undefined for a data set without shards */
export function shardLayout(prefix: string, count: number | undefined): ShardLayout {
  return { prefix, spaces: count === undefined ? [{ prefix }] : shardTags(count).map((tag) => ({ prefix, tag })) };
}

/** The key space of the shard that every data set has. */
export function firstSpace({ prefix, spaces }: ShardLayout): KeySpace {
  return spaces.find(({ tag }) => tag === '0') ?? spaces[0] ?? { prefix };
}

/**
 * Cuts the changes of a request into batches, always in the same way, so that the same request sent again has the same batches. The
 * shard that every data set has comes first, with an empty batch where it has none: there, another number of shards is noticed.
 */
export function cutIntoBatches(changes: readonly SeriesChange[], layout: ShardLayout): ShardBatches[] {
  const { prefix, spaces } = layout;
  const ofShard = new Map<number, SeriesChange[]>();
  const first = spaces.indexOf(firstSpace(layout));
  if (changes.length > 0) ofShard.set(first, []);
  for (const change of changes.flatMap(cutTotals)) {
    const key = buildSeriesKey({ prefix }, change.family.type, change.family.name, change.labels);
    const shard = spaces.length === 1 ? 0 : shardOf(key, spaces.length);
    const list = ofShard.get(shard) ?? [];
    ofShard.set(shard, list);
    list.push(change);
  }
  return [...ofShard].map(([shard, list]) => {
    const space = spaces[shard] ?? { prefix };
    const groups = groupsOf(list);
    return { space, batches: (groups.length === 0 ? [[]] : groups).map((group) => batchOf(group, space)) };
  });
}

/** A change, cut into several if its totals cost more than a batch. */
function cutTotals(change: SeriesChange): SeriesChange[] {
  if (change.effect.kind !== 'totals' || costOf(change) <= BATCH_CAPACITY) return [change];
  const parts: StreamTotal[][] = [];
  let room = 0;
  for (const total of change.effect.totals) {
    if (room <= 0) {
      parts.push([]);
      room = BATCH_CAPACITY;
    }
    parts.at(-1)?.push(total);
    room -= costOfTotal(total);
  }
  return parts.map((totals, part) => {
    const exemplars = part === 0 ? change.exemplars : [];
    return { ...change, points: totals.length, effect: { kind: 'totals', totals }, exemplars, part };
  });
}

/** Groups of changes for one call each, in which a metric has one declaration and a series one change. */
function groupsOf(changes: readonly SeriesChange[]): SeriesChange[][] {
  const layers: SeriesChange[][] = [];
  // By name: what its declarations and operations have that is one in a call, each in a layer of its own.
  const known = new Map<string, string[]>();
  for (const change of changes) {
    const { name, bounds } = change.family;
    const declarations = known.get(name) ?? [];
    known.set(name, declarations);
    const declaration = `${String(bounds)} ${change.effect.kind} ${change.part ?? 0}`;
    let layer = declarations.indexOf(declaration);
    if (layer < 0) layer = declarations.push(declaration) - 1;
    (layers[layer] ??= []).push(change);
  }
  return layers.flatMap((layer) => {
    const groups: SeriesChange[][] = [];
    let room = 0;
    for (const change of layer) {
      if (room <= 0) {
        groups.push([]);
        room = BATCH_CAPACITY;
      }
      groups.at(-1)?.push(change);
      room -= costOf(change);
    }
    return groups;
  });
}

/** What a change costs Redis, in counters. */
function costOf({ effect }: SeriesChange): number {
  if (effect.kind !== 'totals') return costOfPoint(effect);
  return effect.totals.reduce((sum, total) => sum + costOfTotal(total), 1);
}

/** A total takes the place of the last one of its stream, with which it is compared: three points, of a native histogram two (measured). */
function costOfTotal({ total }: StreamTotal): number {
  return (total.kind === 'native' ? 2 : 3) * costOfPoint(total);
}

/** Ten buckets are one counter, and the rest of a native record is six (measured for the library). */
function costOfPoint(effect: PointEffect): number {
  if (effect.kind === 'observe') return 1 + Math.ceil((effect.counts.length - 1) / 10);
  if (effect.kind !== 'native') return 1;
  const { positive, negative } = effect.buckets;
  return 6 + Math.ceil((positive.indexes.length + negative.indexes.length) / 10);
}

function batchOf(changes: readonly SeriesChange[], space: KeySpace): RequestBatch {
  const internal = internalKeys(space);
  const indexes = new Map<string, number>();
  const familyKeys: string[] = [];
  const families: string[] = [];
  const streams = new Map<string, number>();
  for (const { family, effect } of changes) {
    for (const { stream } of effect.kind === 'totals' ? effect.totals : []) {
      if (!streams.has(stream)) streams.set(stream, streams.size + 1);
    }
    if (indexes.has(family.name)) continue;
    indexes.set(family.name, families.push(familyText(family)));
    familyKeys.push(internal.family(family.name));
  }
  return {
    changes,
    familyKeys,
    families,
    seriesKeys: changes.map(({ family, labels }) => buildSeriesKey(space, family.type, family.name, labels)),
    streamKeys: [...streams.keys()].map((stream) => internal.total(stream)),
    operations: (nowMs, steadySources) =>
      changes.map((change) => {
        const family = indexes.get(change.family.name) ?? 0;
        return operationText(change, { family, streams, steadySources, nowMs });
      }),
  };
}
