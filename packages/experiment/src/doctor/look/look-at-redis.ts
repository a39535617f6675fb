import {
  decodeUtf8,
  FORMAT_VERSION,
  internalKeys,
  isJsonObject,
  parseFamilyRecord,
  parseJson,
  parseKeyHead,
  type FamilyRecord,
} from '@redmeter/metric-format';
import { planReading, readMetrics } from '@redmeter/metric-reader';
import type { Facts } from '../facts.js';
import type { Target } from './connect.js';
import { findKeys, type ShowProgress } from './find-keys.js';
import { readKeys } from './read-keys.js';
import { lookAtServer } from './server-facts.js';

/** Commands that are sent without waiting. */
const AT_ONCE = 50;

/** What to look at, and how far. */
export interface LookSettings {
  readonly prefix: string;
  /** Keys that are passed over at most, in all nodes together. */
  readonly maxKeys: number;
  readonly show: ShowProgress;
  readonly signal: AbortSignal;
}

/** Looks at a Redis; it only reads. @throws MetricReaderError `redis_unavailable` */
export async function lookAtRedis(target: Target, settings: LookSettings): Promise<Facts> {
  const { prefix, maxKeys, show, signal } = settings;
  const servers = await Promise.all(target.nodes.map((node) => lookAtServer(node, prefix, target.isCluster)));
  const search = await findKeys(target, prefix, maxKeys, show, signal);
  const keys = await readKeys(search, prefix, show, signal);

  const names = keys.keys.filter(({ stored }) => stored.kind !== 'absent').map(({ key }) => key);
  const listing = { keys: names, isScanDisabled: false };
  const plan = planReading(listing, { prefix, maxSeries: Math.max(1, names.length) });
  const stored = new Map(keys.keys.map((one) => [one.key.toString('latin1'), one.stored]));
  const records = await familyRecords(
    target,
    plan.families.flatMap((family) => family.recordKeys),
  );
  const nowMs = Date.now() + (servers[0]?.clock?.offsetMs ?? 0);
  const metrics = readMetrics(
    plan,
    {
      value: (key) => stored.get(Buffer.from(key).toString('latin1')) ?? { kind: 'absent' },
      family: (key) => records.get(key),
    },
    nowMs,
  );
  return {
    prefix,
    target,
    servers,
    refused: {
      commands: new Set(target.nodes.flatMap(({ refusedCommands }) => [...refusedCommands])),
      keys: new Set(target.nodes.flatMap(({ refusedKeys }) => [...refusedKeys])),
    },
    search: { visited: search.visited, isWhole: search.isWhole, found: search.keys.length },
    keys,
    metrics,
    truncated: planReading(listing, { prefix }).truncated,
    namesOfSeveralTypes: plan.families.filter(({ groups }) => groups.size > 1).map(({ name }) => name),
    datasets: await datasets(target, prefix, names),
    nowMs,
  };
}

async function familyRecords(target: Target, keys: readonly string[]): Promise<Map<string, FamilyRecord>> {
  const records = new Map<string, FamilyRecord>();
  const read = async (key: string): Promise<void> => {
    const reply = await target.nodeOf(key)?.ask('GET', Buffer.from(key, 'latin1'));
    const text = reply?.kind === 'reply' && Buffer.isBuffer(reply.value) ? decodeUtf8(reply.value) : undefined;
    const record = text === undefined ? undefined : parseFamilyRecord(text);
    if (record !== undefined) records.set(key, record);
  };
  for (let at = 0; at < keys.length; at += AT_ONCE) await Promise.all(keys.slice(at, at + AT_ONCE).map(read));
  return records;
}

async function datasets(target: Target, prefix: string, keys: readonly Buffer[]): Promise<Facts['datasets']> {
  const found = new Map<string, { shards: number } | undefined>();
  const tags = new Set(['', '0']);
  for (const key of keys) {
    const head = parseKeyHead(key, prefix);
    if (head.kind === 'head') tags.add(head.tag ?? '');
  }
  for (const tag of tags) {
    const key = internalKeys(tag === '' ? { prefix } : { prefix, tag }).dataset;
    const text = await target.nodeOf(key)?.askText('GET', key);
    if (text === undefined) continue;
    const json = parseJson(text);
    const fields = json.ok && isJsonObject(json.value) ? json.value : {};
    found.set(tag, fields['format'] === FORMAT_VERSION ? { shards: Number(fields['shards']) } : undefined);
  }
  return found;
}
