import type { RebuildReason } from '../../src/reading/shards/incremental-reader.js';
import { ReadBudget } from '../../src/reading/read-budget.js';
import type { ReadingOptions } from '../../src/reading/reading-options.js';
import { UnionReader, type UnionReading } from '../../src/reading/union-reader.js';
import { Exposition } from '../../src/exposition/exposition.js';
import { IoredisConnection } from '../../src/redis/ioredis-connection.js';
import type { RedisTarget } from '../../src/redis/redis-target.js';
import type { SeriesSnapshot } from '../../src/series/series-union.js';
import type { Redis } from 'ioredis';
import type { Format } from '../../src/exposition/format.js';
import { FORMS, type Form } from '../../src/series/form.js';
import { HASH_SLOTS } from '@redmeter/metric-format';
import { readMetricsFromRedis, renderText, toSampleFamilies } from '@redmeter/metric-reader';

export const OPTIONS: ReadingOptions = {
  prefix: 'metrics',
  scanLimitKeys: 50_000,
  maxSeries: 1_000_000,
  withCreated: false,
  verifiedKeys: 250,
  holdMs: 300_000,
};

const connections = new WeakMap<Redis, IoredisConnection>();

/** What a reader found. */
export type TestReading = Omit<UnionReading, 'rebuilt'> & {
  /** Undefined when only what changed was read. */
  readonly rebuilt: RebuildReason | undefined;
};

/** A reader over a client. */
export interface TestReader {
  /**
   * @param forms what is wanted; default all
   * @throws Error when nothing can be read
   */
  read(forms?: readonly Form[]): Promise<TestReading>;
}

/** A reader over a client. */
export function newReader(client: Redis, options: Partial<ReadingOptions> = {}): TestReader {
  const connection = connections.get(client) ?? new IoredisConnection(client);
  connections.set(client, connection);
  const nodes = [{ name: 'test', connection, slots: [{ first: 0, last: HASH_SLOTS - 1 }] }];
  const target: RedisTarget = {
    name: 'test',
    traffic: connection,
    topology: () => Promise.resolve({ isCluster: false, nodes, unservedSlots: 0 }),
    cutSilent: () => undefined,
    close: () => undefined,
  };
  const reader = new UnionReader([target], { ...OPTIONS, ...options });
  return {
    async read(forms = FORMS) {
      const reading = await reader.read(new ReadBudget(60_000), new Set(forms));
      if (reading.failure !== undefined) throw new Error(reading.failure);
      return { ...reading, rebuilt: reading.rebuilt[0] };
    },
  };
}

/** What a reading shows of what applications recorded. */
export function textOf(
  { snapshot }: { readonly snapshot: SeriesSnapshot },
  format: Format = 'text',
  withCreated = false,
): string {
  const pieces = new Exposition(withCreated).pieces(snapshot.families, format);
  return Buffer.concat(pieces.map(({ bytes }) => bytes)).toString();
}

/** The same in protobuf. */
export function messagesOf({ snapshot }: { readonly snapshot: SeriesSnapshot }): Buffer {
  return Buffer.concat(new Exposition(false).pieces(snapshot.families, 'protobuf').map(({ bytes }) => bytes));
}

/** The same from a reading that starts with nothing, by the package that all readers agree with. */
export async function referenceText(
  client: Redis,
  nowMs: number,
  options: Partial<ReadingOptions> = {},
): Promise<string> {
  const { prefix, scanLimitKeys, maxSeries } = { ...OPTIONS, ...options };
  const reading = await readMetricsFromRedis((command, args) => client.callBuffer(command, ...args), {
    prefix,
    scanLimitKeys,
    maxSeries,
    nowMs,
  });
  const families = reading.metrics.flatMap(toSampleFamilies);
  return renderText(families.sort((a, b) => (a.name < b.name ? -1 : 1)));
}
