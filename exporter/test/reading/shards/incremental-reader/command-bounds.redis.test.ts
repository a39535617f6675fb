import { describe, expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { IncrementalReader } from '../../../../src/reading/shards/incremental-reader.js';
import { IoredisConnection } from '../../../../src/redis/ioredis-connection.js';
import { OPTIONS } from '../../application-text.js';
import { writeIndexed } from '../../redis-state.js';

/** Arguments of a command, items and bytes of its reply: what its time in Redis grows with. */
interface Size {
  arguments: number;
  items: number;
  bytes: number;
}

const NOTHING: Size = { arguments: 0, items: 0, bytes: 0 };

/** Notes the largest command of each name. */
class NotingConnection extends IoredisConnection {
  readonly largest = new Map<string, Size>();

  override async send(command: string, ...args: (string | Buffer | number)[]): Promise<unknown> {
    return this.#note(command, args, await super.send(command, ...args));
  }

  override async sendForText(command: string, ...args: (string | Buffer | number)[]): Promise<unknown> {
    return this.#note(command, args, await super.sendForText(command, ...args));
  }

  #note(command: string, args: readonly unknown[], reply: unknown): unknown {
    const before = this.largest.get(command) ?? NOTHING;
    const all: unknown[] = [reply].flat(2);
    const lengths = all.map((one) => (typeof one === 'string' || Buffer.isBuffer(one) ? one.length : 8));
    this.largest.set(command, {
      arguments: Math.max(before.arguments, args.length),
      items: Math.max(before.items, all.length),
      bytes: Math.max(
        before.bytes,
        lengths.reduce((sum, length) => sum + length, 0),
      ),
    });
    return reply;
  }
}

const server = useRedisServer();

// What each command may name and answer at most: so much takes Redis well below two milliseconds (`npm run bench --
// sidecars` shows the longest). SCAN and its kin may answer some more than they are asked for.
const LIMITS: Readonly<Record<string, Size>> = {
  TIME: { arguments: 0, items: 2, bytes: 100 },
  DBSIZE: { arguments: 0, items: 1, bytes: 100 },
  GET: { arguments: 1, items: 1, bytes: 65_536 },
  GETRANGE: { arguments: 3, items: 1, bytes: 65_537 },
  HSTRLEN: { arguments: 2, items: 1, bytes: 100 },
  HMGET: { arguments: 12, items: 11, bytes: 65_536 },
  ZCOUNT: { arguments: 3, items: 1, bytes: 100 },
  MGET: { arguments: 250, items: 250, bytes: 262_144 },
  ZMSCORE: { arguments: 201, items: 200, bytes: 10_000 },
  ZRANGEBYSCORE: { arguments: 7, items: 500, bytes: 50_000 },
  SCAN: { arguments: 5, items: 1100, bytes: 100_000 },
  SSCAN: { arguments: 4, items: 1100, bytes: 100_000 },
  ZSCAN: { arguments: 4, items: 500, bytes: 50_000 },
};

function expectWithinLimits({ largest }: NotingConnection): void {
  expect([...largest.keys()].filter((command) => LIMITS[command] === undefined)).toEqual([]);
  for (const [command, size] of largest) {
    const limit = LIMITS[command] ?? NOTHING;
    const isOver = size.arguments > limit.arguments || size.items > limit.items || size.bytes > limit.bytes;
    expect(isOver ? { command, size, limit } : 'within its limits').toBe('within its limits');
  }
}

const SERIES = 3000;
const SERIES_A_BATCH = 100;

describe.each([
  ['in a database small enough to scan', 50_000],
  ['by the indexes alone', 0],
])('%s', (_name, scanLimitKeys) => {
  it('no command blocks Redis for long, however many series there are', async () => {
    await server.client.flushall();
    const write = async (type: 'gauge' | 'histogram', count: number): Promise<void> => {
      const value = type === 'gauge' ? '{"value":1}' : '{"count":1,"sum":1,"bounds":[1],"counts":[1,0]}';
      for (let start = 0; start < count; start += SERIES_A_BATCH) {
        const keys = Array.from({ length: SERIES_A_BATCH }, (_, i) => `metrics:${type}:m_${type}:i=${start + i}`);
        await writeIndexed(server.client, Object.fromEntries(keys.map((key) => [key, value])));
      }
    };
    await write('gauge', SERIES);
    await write('histogram', SERIES / 10);
    const announced = Array.from({ length: SERIES }, (_, i) => `metrics:counter:announced:i=${i}`);
    await server.client.sadd('metrics-meta:keys', ...announced);
    const connection = new NotingConnection(await server.connect());
    const reader = new IncrementalReader(connection, { ...OPTIONS, scanLimitKeys });
    await (await reader.list()).read(new Set());
    await write('gauge', SERIES);
    await server.client.zadd('metrics-meta:live', Date.now() + 60_000, 'metrics:gauge:m_gauge:i=new');
    await (await reader.list()).read(new Set());
    expectWithinLimits(connection);
    // It was all read, in pages.
    expect(connection.largest.get('MGET')).toMatchObject({ arguments: 250, items: 250 });
    expect(connection.largest.get('ZRANGEBYSCORE')?.items).toBe(500);
  });

  it('nor when values are long, or were made so by hand', async () => {
    await server.client.flushall();
    const long = `{"value":1${' '.repeat(60_000)}}`;
    const byHand = Array.from({ length: 100 }, (_, i) => `metrics:gauge:by_hand:i=${i}`);
    await server.client.mset(byHand.flatMap((key) => [key, long]));
    await server.client.sadd('metrics-meta:keys', ...byHand);
    await writeIndexed(server.client, { 'metrics:gauge:indexed': '{"value":1}' });
    const connection = new NotingConnection(await server.connect());
    const reader = new IncrementalReader(connection, { ...OPTIONS, scanLimitKeys });
    const read = async (): Promise<ReadonlyMap<string, number>> => {
      const { table } = await (await reader.list()).read(new Set());
      return table.skipped;
    };
    expect((await read()).get('value_too_long')).toBeUndefined();
    await server.client.setrange(byHand[0] ?? '', 5_000_000, 'x');
    if (scanLimitKeys === 0) await server.client.setrange('metrics:gauge:indexed', 5_000_000, 'x');
    for (const key of byHand.slice(1, 3)) await server.client.del(key);
    await server.client.hset(byHand[1] ?? '', { value: '1', timestamp: '1' });
    await server.client.hset(byHand[2] ?? '', { value: '1'.repeat(5_000_000), timestamp: '1' });
    expect((await read()).get('value_too_long')).toBe(scanLimitKeys === 0 ? 3 : 2);
    expect(connection.largest.get('HMGET')).toMatchObject({ arguments: 4 });
    expectWithinLimits(connection);
  });
});
