import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@redmeter/test-servers';
import { Redis } from 'ioredis';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { Batch } from '../../src/delivery/batch.js';
import { BatchSender } from '../../src/delivery/batch-sender.js';
import { LogOnce } from '../../src/accounting/log-once.js';
import { MergeScript } from '../../src/delivery/merge-script.js';
import { processRuntime } from '../../src/time/runtime.js';
import { RedisConnection } from '../../src/redis/redis-connection.js';
import { Registry } from '../../src/recording/registry.js';
import { newTallies, type Tally } from '../../src/accounting/tally.js';
import { keys, valueOf } from '../lua/merge-call.js';
import { startCuttingProxy, type CuttingProxy } from '../service/cutting-proxy.js';
import { recordingScope } from '../recording/recording-scope.js';
import { RecordedLog } from '../service/recorded-log.js';

const KEY = 'metrics:counter:events';
const server = useRedisServer({ flushBeforeEach: true });
let proxy: CuttingProxy;
let connection: RedisConnection;

beforeAll(async () => {
  proxy = await startCuttingProxy(server.port);
});
afterAll(async () => {
  await proxy.stop();
});

/** A sender with a clock that stands until it is moved, and a registry to record in. */
class Writer {
  nowMs = 1_000_000;
  readonly log = new RecordedLog();
  readonly #logOnce = new LogOnce(this.log);
  readonly #registry: Registry;
  readonly sender: BatchSender;
  readonly tally: Tally;

  /** @param client of an application; default the library's own */
  constructor(client?: Redis) {
    const clock = (): number => this.nowMs;
    const port = Number(new URL(proxy.url).port);
    const address = { options: { host: '127.0.0.1', port }, display: proxy.url };
    connection = new RedisConnection(client ?? address, () => undefined);
    const tallies = newTallies();
    this.tally = tallies.counter;
    const space = { prefix: 'metrics' };
    this.#registry = new Registry(recordingScope({ clock, tallies, log: this.#logOnce }), [1], false);
    this.sender = new BatchSender({
      connection,
      script: new MergeScript(space),
      runtime: { ...processRuntime, clock },
      log: this.#logOnce,
      ttlMs: 600_000,
      startedAtMs: this.nowMs,
    });
  }

  /** Records one increment of each of some series, and puts them in the queue as one batch. */
  record(series = 1, padding = ''): void {
    const batch = new Batch(this.nowMs, this.nowMs, this.sender.declaredMs);
    for (let i = 0; i < series; i += 1) {
      const counter = this.#registry.counter('events').labels(i === 0 ? {} : { i, padding });
      counter.inc();
      if ('family' in counter) batch.add(counter);
    }
    this.sender.enqueue(batch);
  }

  async write(series = 1, padding = ''): Promise<void> {
    this.record(series, padding);
    await this.sender.deliver();
  }

  /** Writes, the answer being lost once: applied, but in doubt. */
  async writeInDoubt(): Promise<void> {
    this.record();
    proxy.cutReplies(1, /applied/);
    await expect(this.sender.deliver()).rejects.toThrow();
  }

  async deliverEventually(): Promise<void> {
    await waitFor(async () => {
      const [outcome] = await Promise.allSettled([this.sender.deliver()]);
      return outcome.status === 'fulfilled';
    }, 'the batches are delivered');
  }
}

let writer: Writer;
beforeEach(() => {
  writer = new Writer();
});
afterEach(() => connection.close());

/** Takes the data back to an earlier state, as a cut-off AOF or a lagging replica does. */
async function takeBack(state: ReadonlyMap<string, Buffer>): Promise<void> {
  await server.client.flushall();
  for (const [key, dump] of state) await server.client.restore(key, 0, dump);
}

async function stateNow(): Promise<ReadonlyMap<string, Buffer>> {
  const state = new Map<string, Buffer>();
  for (const key of await server.client.keys('*')) {
    const dump = await server.client.dumpBuffer(key);
    state.set(key, dump);
  }
  return state;
}

async function incarnations(): Promise<string[]> {
  return server.client.keys(keys.writer('*'));
}

describe('a ledger that went back', () => {
  it('is repaired from recent batches', async () => {
    await writer.write();
    const early = await stateNow();
    for (let i = 0; i < 5; i += 1) await writer.write();
    await takeBack(early);
    await writer.write();
    expect(await valueOf(server.client, 'counter', KEY)).toBe(7);
    expect(writer.tally).toMatchObject({ recorded: 7, flushed: 7 });
    expect(await incarnations()).toHaveLength(1);
    expect(await server.client.get((await incarnations())[0] ?? '')).toBe('7');
  });

  it('is repaired even when the answers to the repair are lost, too', async () => {
    await writer.write();
    const early = await stateNow();
    for (let i = 0; i < 5; i += 1) await writer.write();
    await takeBack(early);
    writer.record();
    for (let cut = 0; cut < 4; cut += 1) {
      proxy.cutReplies(1, /applied|duplicate/);
      await expect(writer.sender.deliver()).rejects.toThrow();
    }
    await writer.deliverEventually();
    expect(await valueOf(server.client, 'counter', KEY)).toBe(7);
    expect(writer.tally).toMatchObject({ recorded: 7, flushed: 7 });
  });

  it('counts what can no longer be sent again as lost instead of flushed, and sends the rest', async () => {
    await writer.write();
    const early = await stateNow();
    // More than the store of recent batches holds: the oldest of them keep their counts only.
    for (let i = 0; i < 60; i += 1) await writer.write(100, 'x'.repeat(1000));
    expect(writer.tally.flushed).toBe(6001);
    await takeBack(early);
    await writer.write();
    const lost = writer.tally.dropped().lost ?? 0;
    expect(lost).toBeGreaterThan(0);
    expect(lost).toBeLessThan(6000);
    expect(writer.tally.flushed).toBe(6002 - lost);
    const values = await server.client.mget(await server.client.keys('metrics:counter:*'));
    const held = values.reduce((sum, text) => sum + (JSON.parse(text ?? '{}') as { value: number }).value, 0);
    expect(held).toBe(6002 - lost);
    expect(writer.log.warnings).toEqual([expect.stringContaining('Redis lost writes')]);
    expect(await incarnations()).toHaveLength(1);
  });

  it('learns from its mark what Redis still holds, however long ago that was', async () => {
    for (let i = 0; i < 3; i += 1) await writer.write();
    const early = await stateNow();
    for (let i = 0; i < 5; i += 1) await writer.write();
    // Later than batches are kept, even by their counts.
    writer.nowMs += 3_600_000;
    for (let i = 0; i < 2; i += 1) await writer.write();
    await takeBack(early);
    await writer.write();
    expect(await valueOf(server.client, 'counter', KEY)).toBe(6);
    expect(writer.tally).toMatchObject({ recorded: 11, flushed: 6 });
    expect(writer.tally.dropped()).toEqual({ lost: 5 });
  });
});

describe('what Redis lost and does not take again', () => {
  /** The ledger went back to the first batch; the writer holds five more, and one that is new. */
  async function beginRepair(failure: () => Promise<unknown>): Promise<void> {
    await writer.write();
    const early = await stateNow();
    for (let i = 0; i < 5; i += 1) await writer.write();
    await takeBack(early);
    writer.record();
    await failure();
    await expect(writer.sender.deliver()).rejects.toThrow();
    expect(writer.tally).toMatchObject({ recorded: 7, flushed: 6 });
  }
  const fillMemory = (): Promise<unknown> => server.client.config('SET', 'maxmemory', '1');
  afterEach(() => server.client.config('SET', 'maxmemory', '0'));

  it('is lost when the sender is abandoned', async () => {
    await beginRepair(fillMemory);
    writer.sender.abandon();
    expect(writer.tally.flushed).toBe(await valueOf(server.client, 'counter', KEY));
    expect(writer.tally.dropped()).toEqual({ lost: 5, closed: 1 });
    expect(writer.log.warnings).toEqual([expect.stringContaining('Redis lost writes')]);
  });

  it('is in doubt where the answer to the repair was lost, too', async () => {
    await beginRepair(() => {
      proxy.cutReplies(1, /applied/);
      return Promise.resolve();
    });
    writer.sender.abandon();
    expect(writer.tally.dropped()).toEqual({ in_doubt: 1, lost: 4, closed: 1 });
    expect(writer.tally.flushed).toBe(1);
  });

  it('is lost when all data go, too', async () => {
    await beginRepair(fillMemory);
    await server.client.config('SET', 'maxmemory', '0');
    await server.client.flushall();
    await writer.sender.deliver();
    expect(await valueOf(server.client, 'counter', KEY)).toBe(1);
    expect(writer.tally).toMatchObject({ recorded: 7, flushed: 1 });
    expect(writer.tally.dropped()).toEqual({ lost: 6 });
  });

  it('is not in doubt where it had been, before it was acknowledged', async () => {
    await writer.write();
    const early = await stateNow();
    await writer.writeInDoubt();
    await writer.deliverEventually();
    await takeBack(early);
    writer.record();
    await fillMemory();
    await expect(writer.sender.deliver()).rejects.toThrow();
    writer.sender.abandon();
    expect(writer.tally.dropped()).toEqual({ lost: 1, closed: 1 });
  });
});

describe('a ledger that is missing from the same data set', () => {
  const loseLedger = async (): Promise<number> => server.client.del(await incarnations());

  it('is detected by its mark, on this connection or another', async () => {
    for (let i = 0; i < 10; i += 1) await writer.write();
    await loseLedger();
    await writer.write();
    await loseLedger();
    connection.reconnect();
    writer.record();
    await writer.deliverEventually();
    expect(await valueOf(server.client, 'counter', KEY)).toBe(12);
    expect(writer.tally).toMatchObject({ recorded: 12, flushed: 12 });
    expect(await incarnations()).toHaveLength(1);
  });

  it('leaves nothing in doubt', async () => {
    await writer.write();
    await writer.writeInDoubt();
    await loseLedger();
    writer.record();
    await writer.deliverEventually();
    expect(writer.tally).toMatchObject({ recorded: 3, flushed: 3 });
    expect(writer.tally.dropped()).toEqual({});
    expect(await valueOf(server.client, 'counter', KEY)).toBe(3);
  });
});

describe('a ledger and a mark that are missing from the same data set', () => {
  /** Leaves what other writers have in Redis, as a restore of a snapshot from before the first batch does. */
  async function takeBackToStart(): Promise<void> {
    const dataset = await server.client.get(keys.dataset);
    await takeBack(new Map());
    await server.client.set(keys.dataset, dataset ?? '');
  }

  it('make the writer send all it ever sent, when it still holds that', async () => {
    for (let i = 0; i < 3; i += 1) await writer.write();
    await writer.writeInDoubt();
    await takeBackToStart();
    writer.record();
    await writer.deliverEventually();
    expect(await valueOf(server.client, 'counter', KEY)).toBe(5);
    expect(writer.tally).toMatchObject({ recorded: 5, flushed: 5 });
    expect(await incarnations()).toHaveLength(1);
    expect(writer.log.warnings).toEqual([]);
  });

  it('make it send what it still holds, and count the rest as lost', async () => {
    for (let i = 0; i < 3; i += 1) await writer.write();
    writer.nowMs += 3_600_000;
    for (let i = 0; i < 2; i += 1) await writer.write();
    await takeBackToStart();
    await writer.write();
    expect(await valueOf(server.client, 'counter', KEY)).toBe(3);
    expect(writer.tally).toMatchObject({ recorded: 6, flushed: 3 });
    expect(writer.tally.dropped()).toEqual({ lost: 3 });
    expect(writer.log.warnings).toEqual([expect.stringContaining('Redis lost writes')]);
    await writer.write();
    expect(await valueOf(server.client, 'counter', KEY)).toBe(4);
  });

  it('are no loss when they expired, and cost what was in doubt for so long', async () => {
    await writer.write();
    await writer.writeInDoubt();
    writer.nowMs += 7 * 86_400_000;
    await server.client.del([...(await incarnations()), ...(await server.client.keys(keys.mark('*')))]);
    writer.record();
    await writer.deliverEventually();
    expect(writer.tally).toMatchObject({ recorded: 3, flushed: 2 });
    expect(writer.tally.dropped()).toEqual({ in_doubt: 1 });
    // It had been applied after all: what is in doubt may be there, but never twice.
    expect(await valueOf(server.client, 'counter', KEY)).toBe(3);
    expect(writer.log.warnings).toEqual([expect.stringContaining('no longer has the ledger and mark')]);
    await writer.write();
    expect(writer.tally).toMatchObject({ recorded: 4, flushed: 3 });
  });
});

describe('a ledger and a mark that were removed, perhaps', () => {
  const remove = async (): Promise<number> =>
    server.client.del([...(await incarnations()), ...(await server.client.keys(keys.mark('*')))]);

  it('make the writer send nothing again, since it might count twice', async () => {
    for (let i = 0; i < 3; i += 1) await writer.write();
    await writer.writeInDoubt();
    await remove();
    writer.record();
    await writer.deliverEventually();
    expect(await valueOf(server.client, 'counter', KEY)).toBe(5);
    expect(writer.tally).toMatchObject({ recorded: 5, flushed: 1 });
    expect(writer.tally.dropped()).toEqual({ in_doubt: 1, lost: 3 });
    expect(writer.log.warnings).toEqual([
      expect.stringContaining('no longer has the ledger and mark'),
      expect.stringContaining('Redis lost writes'),
    ]);
    await writer.write();
    expect(writer.tally).toMatchObject({ recorded: 6, flushed: 2 });
  });

  it('do so where the client of the application sent the batch again by itself', async () => {
    const client = new Redis(proxy.url, { retryStrategy: () => 200 });
    try {
      writer = new Writer(client);
      await writer.write();
      const removed = [...(await incarnations()), ...(await server.client.keys(keys.mark('*')))];
      client.once('close', () => void server.client.del(removed));
      proxy.cutReplies(1, /applied/);
      await writer.write();
      expect(await valueOf(server.client, 'counter', KEY)).toBe(2);
      expect(writer.tally.dropped()).toEqual({ in_doubt: 1, lost: 1 });
    } finally {
      client.disconnect();
    }
  });

  it('do so too in the middle of a repair', async () => {
    await writer.write();
    const early = await stateNow();
    for (let i = 0; i < 5; i += 1) await writer.write();
    await takeBack(early);
    writer.record();
    proxy.cutReplies(1, /applied/);
    await expect(writer.sender.deliver()).rejects.toThrow();
    await remove();
    // As other writers do.
    await server.client.incrby(keys.revision, 100);
    await writer.deliverEventually();
    expect(await valueOf(server.client, 'counter', KEY)).toBe(3);
    expect(writer.tally).toMatchObject({ recorded: 7, flushed: 1 });
    expect(writer.tally.dropped()).toEqual({ in_doubt: 1, lost: 5 });
  });

  it('drop what was in doubt where the data set went with them, too', async () => {
    for (let i = 0; i < 3; i += 1) await writer.write();
    await writer.writeInDoubt();
    await remove();
    await server.client.del(keys.dataset);
    await writer.deliverEventually();
    expect(await valueOf(server.client, 'counter', KEY)).toBe(4);
    expect(writer.tally.dropped()).toEqual({ in_doubt: 1, lost: 3 });
  });
});

describe('another data set', () => {
  it('gets what was not acknowledged, in doubt or not, and nothing older', async () => {
    await writer.write();
    await writer.writeInDoubt();
    await server.client.flushall();
    await server.client.set(keys.dataset, '{"format":1,"id":"another","shards":1}');
    writer.record();
    await writer.deliverEventually();
    expect(await valueOf(server.client, 'counter', KEY)).toBe(2);
    expect(writer.tally).toMatchObject({ recorded: 3, flushed: 2 });
    expect(writer.tally.dropped()).toEqual({ lost: 1 });
    expect(await server.client.get(keys.dataset)).toContain('another');
  });

  it('is made where the old one is gone', async () => {
    await writer.write();
    await server.client.flushall();
    await writer.write();
    expect(await valueOf(server.client, 'counter', KEY)).toBe(1);
    expect(await server.client.get(keys.dataset)).toMatch(/"id":"[0-9a-f-]{36}"/);
  });
});

it('sends the declaration time of families by the clock of Redis once it is known', async () => {
  await writer.write();
  const first = await server.client.get(keys.family('events'));
  writer.nowMs += 5000;
  await writer.write();
  expect(await server.client.get(keys.family('events'))).toBe(first);
  expect(writer.sender.declaredMs).toBe((JSON.parse(first ?? '') as { declared: number }).declared);
});

it('drops its queue as in doubt or closed', async () => {
  await writer.writeInDoubt();
  writer.record(3);
  writer.sender.abandon();
  expect(writer.tally.dropped()).toEqual({ in_doubt: 1, closed: 3 });
  await writer.sender.deliver();
  expect(await valueOf(server.client, 'counter', KEY)).toBe(1);
});

describe('after abandon()', () => {
  it('a late reply is not counted', async () => {
    await writer.write();
    await server.client.client('PAUSE', 60_000, 'WRITE');
    writer.record();
    const delivery = expect(writer.sender.deliver()).rejects.toMatchObject({ code: 'closed' });
    await waitFor(
      async () => (await server.client.info('clients')).includes('blocked_clients:1'),
      'the batch is at Redis',
    );
    writer.sender.abandon();
    await server.client.client('UNPAUSE');
    await delivery;
    expect(await valueOf(server.client, 'counter', KEY)).toBe(2);
    expect(writer.tally).toMatchObject({ recorded: 2, flushed: 1 });
    expect(writer.tally.dropped()).toEqual({ in_doubt: 1 });
  });

  it('nothing is sent, neither a batch that waited for a connection nor a later one', async () => {
    await writer.write();
    connection.reconnect();
    writer.record();
    const delivery = expect(writer.sender.deliver()).rejects.toMatchObject({ code: 'closed' });
    writer.sender.abandon();
    await delivery;
    writer.record();
    await expect(writer.sender.deliver()).rejects.toMatchObject({ code: 'closed' });
    expect(await valueOf(server.client, 'counter', KEY)).toBe(1);
    expect(writer.tally.dropped()).toEqual({ closed: 1 });
  });
});
