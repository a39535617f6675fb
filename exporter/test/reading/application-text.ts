import { IncrementalReader, type Reading } from '../../src/reading/incremental-reader.js';
import { metricsLeftOut } from '../../src/reading/left-out.js';
import type { ReadingOptions } from '../../src/reading/reading-options.js';
import { Exposition } from '../../src/exposition/exposition.js';
import { IoredisConnection } from '../../src/redis/ioredis-connection.js';
import { SeriesUnion, type SeriesSnapshot } from '../../src/series/series-union.js';
import type { Redis } from 'ioredis';
import type { Format } from '../../src/exposition/format.js';
import { readMetricsFromRedis, renderText, toSampleFamilies } from '@redmeter/metric-reader';

export const OPTIONS: ReadingOptions = {
  prefix: 'metrics',
  scanLimitKeys: 50_000,
  maxSeries: 1_000_000,
  withCreated: false,
  verifiedKeys: 1000,
  holdMs: 300_000,
};

const connections = new WeakMap<Redis, IoredisConnection>();

/** What a reader found, rendered. */
export type TestReading = Reading & {
  readonly snapshot: SeriesSnapshot;
  readonly held: number;
  readonly truncated: readonly string[];
};

/** A reader over a client. */
export interface TestReader {
  read(): Promise<TestReading>;
}

/** A reader over a client. */
export function newReader(client: Redis, options: Partial<ReadingOptions> = {}): TestReader {
  const connection = connectionOf(client);
  const all = { ...OPTIONS, ...options };
  const reader = new IncrementalReader(connection, all);
  const union = new SeriesUnion();
  return {
    async read() {
      const listed = await reader.list();
      const leftOut = metricsLeftOut(listed.sizes(), all.maxSeries);
      const reading = await listed.read(leftOut);
      const { table, nowMs } = reading;
      const snapshot = union.snapshot([{ table, nowMs, isMissing: false }]);
      return { ...reading, snapshot, held: table.held, truncated: [...leftOut].sort() };
    },
  };
}

/** The connection of all readers over a client. */
export function connectionOf(client: Redis): IoredisConnection {
  const connection = connections.get(client) ?? new IoredisConnection(client);
  connections.set(client, connection);
  return connection;
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
