import {
  DEFAULT_PREFIX,
  internalKeys,
  isJsonObject,
  parseJson,
  parseKeyHead,
  type FamilyRecord,
  type MetricRecord,
} from '@redmeter/metric-format';
import type { LabelSet } from '../label-set.js';
import { seriesText } from '../quoted-name.js';
import { readStateFromRedis, type ReaderSettings } from '../redis-reader.js';
import { ask, type SendCommand } from '../redis-commands.js';
import { readStoredValue } from '../stored-value.js';

/** One series key as a snapshot found it. */
export interface SnapshotEntry {
  readonly name: string;
  readonly labels: LabelSet;
  readonly record: MetricRecord;
}

/** The metrics of an application in Redis at one time. Keys are texts of one byte a character. */
export interface SeriesSnapshot {
  /** When it was begun, by Redis's clock, in milliseconds since the epoch. */
  readonly takenMs: number;
  readonly prefix: string;
  readonly entries: ReadonlyMap<string, SnapshotEntry>;
  /** Keys of series whose value no reader takes for a metric. */
  readonly unreadable: ReadonlySet<string>;
  /** The id of the data set, by the tag of the shard; `''` without one. */
  readonly datasets: ReadonlyMap<string, string>;
  /** How many keys the server has evicted since it started, as `readEvictedKeys` tells; undefined where that is not known. */
  readonly evictedKeys: number | undefined;
  /** The record of each family, by its internal key. */
  readonly families: ReadonlyMap<string, FamilyRecord>;
  /** Names of the metrics that were left out, since there are more series than one reading holds. */
  readonly truncated: readonly string[];
}

/** Which metrics a snapshot is of. */
export type SnapshotSettings = Pick<ReaderSettings, 'prefix' | 'maxSeries' | 'scanLimitKeys'>;

/**
 * Reads all series under a prefix, key by key. Two of them show what was recorded between them: `recordedBetween`.
 * @throws MetricReaderError `invalid_setting`; `redis_unavailable`; `refused` when Redis does not tell the time
 */
export async function takeSnapshot(send: SendCommand, settings: SnapshotSettings = {}): Promise<SeriesSnapshot> {
  const { prefix = DEFAULT_PREFIX } = settings;
  const { plan, stored, nowMs } = await readStateFromRedis(send, settings);
  const entries = new Map<string, SnapshotEntry>();
  const unreadable = new Set<string>();
  const families = new Map<string, FamilyRecord>();
  const tags = new Set(['']);
  for (const { name, groups, recordKeys } of plan.families) {
    for (const key of recordKeys) {
      const record = stored.family(key);
      if (record !== undefined) families.set(key, record);
    }
    for (const [type, series] of groups) {
      for (const { key, labels } of series) {
        const text = Buffer.from(key).toString('latin1');
        const head = parseKeyHead(key, prefix);
        if (head.kind === 'head') tags.add(head.tag ?? '');
        const parsed = readStoredValue(type, stored.value(key));
        if (parsed.kind === 'record') entries.set(text, { name, labels, record: parsed.record });
        else if (parsed.kind === 'skipped') unreadable.add(text);
      }
    }
  }
  return {
    takenMs: nowMs,
    prefix,
    entries,
    unreadable,
    datasets: await datasetIds(send, prefix, [...tags]),
    evictedKeys: undefined,
    families,
    truncated: plan.truncated,
  };
}

/** A series as people write it: `api_errors{endpoint="join"}`. */
export function seriesName({ name, labels }: Pick<SnapshotEntry, 'name' | 'labels'>): string {
  return seriesText(name, labels.text);
}

async function datasetIds(send: SendCommand, prefix: string, tags: readonly string[]): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (const tag of tags) {
    const reply = await ask(send, 'GET', internalKeys({ prefix, ...(tag === '' ? {} : { tag }) }).dataset);
    const json = reply.kind === 'reply' && Buffer.isBuffer(reply.value) ? parseJson(reply.value.toString()) : undefined;
    const id = json?.ok === true && isJsonObject(json.value) ? json.value['id'] : undefined;
    if (typeof id === 'string') ids.set(tag, id);
  }
  return ids;
}

/**
 * How many keys the server has evicted since it started, for a snapshot's `evictedKeys`; undefined where this user may not ask. A proxy may
 * hang up on INFO: give it a connection of its own.
 * @throws MetricReaderError `redis_unavailable`
 */
export async function readEvictedKeys(send: SendCommand): Promise<number | undefined> {
  const reply = await ask(send, 'INFO', 'stats');
  const found = reply.kind === 'reply' ? /evicted_keys:(\d+)/.exec(String(reply.value))?.[1] : undefined;
  return found === undefined ? undefined : Number(found);
}
