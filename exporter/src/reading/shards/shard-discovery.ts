import {
  FIRST_SHARD_TAGS,
  hashSlot,
  internalKeys,
  isJsonObject,
  MAX_SHARDS,
  parseJson,
  shardTags,
} from '@redmeter/metric-format';
import { servesSlot, type Topology } from '../../redis/redis-target.js';
import { bytesReply } from '../../redis/replies.js';
import { readStrings } from '../values/read-values.js';

/** Finds the hash tags of the data sets in a Redis, by the records that their first shards may have. */
export class ShardDiscovery {
  readonly #keys: readonly { readonly key: string; readonly slot: number }[];
  #tags: readonly string[] = [];

  constructor(prefix: string) {
    this.#keys = FIRST_SHARD_TAGS.map((tag) => ({
      key: internalKeys({ prefix, tag }).dataset,
      slot: hashSlot(`{${tag}}`),
    }));
  }

  /** The tags by their slots. Known tags stay while a node that may have such a record is unreachable. */
  async tags({ isCluster, nodes }: Topology): Promise<readonly string[]> {
    const [only] = nodes;
    const records =
      isCluster || only === undefined
        ? await Promise.all(this.#keys.map(async ({ key, slot }) => readRecord(nodes, key, slot)))
        : await readStrings(
            only.connection,
            this.#keys.map(({ key }) => key),
          ).catch(() => ['unknown' as const]);
    const found = new Set(records.includes('unknown') ? this.#tags : []);
    for (const record of records) {
      if (record === undefined || record === 'unknown') continue;
      const count = shardsOf(record);
      if (count !== undefined) for (const tag of shardTags(count)) found.add(tag);
    }
    this.#tags = [...found].sort((a, b) => hashSlot(a) - hashSlot(b));
    return this.#tags;
  }
}

async function readRecord(
  nodes: Topology['nodes'],
  key: string,
  slot: number,
): Promise<Buffer | undefined | 'unknown'> {
  const owner = nodes.find((node) => servesSlot(node, slot));
  try {
    return owner === undefined ? 'unknown' : bytesReply(await owner.connection.send('GET', key));
  } catch (error) {
    // Only strings are records; the state of a node that does not answer is unknown.
    return error instanceof Error && error.message.startsWith('WRONGTYPE') ? undefined : 'unknown';
  }
}

function shardsOf(record: Buffer): number | undefined {
  const json = parseJson(record.toString('latin1'));
  const shards = json.ok && isJsonObject(json.value) ? json.value['shards'] : undefined;
  const isCount = typeof shards === 'number' && Number.isInteger(shards) && shards >= 1 && shards <= MAX_SHARDS;
  return isCount ? shards : undefined;
}
