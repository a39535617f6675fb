import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { startSentinelSet, type SentinelSet } from '@redmeter/test-servers';
import { Redis } from 'ioredis';
import { createSentinel } from 'redis';
import { RedisMetricsService } from '../../../src/index.js';
import { aclRules } from '../../documents.js';
import { RecordedLog } from '../../service/recorded-log.js';
import { LIVE_ON, MAX_MS, runProcess } from '../../service/run-process.js';
import { Load, readStored } from '../load.js';

let set: SentinelSet;
let client: Redis;
let nodeRedis: ReturnType<typeof createSentinel>;
let load: Load | undefined;

beforeAll(async () => {
  set = await startSentinelSet({ replicas: 1 });
  client = new Redis({ sentinels: [...set.sentinels], name: set.name });
  client.on('error', () => undefined);
  nodeRedis = createSentinel({ name: set.name, sentinelRootNodes: [...set.sentinels] });
  nodeRedis.on('error', () => undefined);
  await nodeRedis.connect();
});
afterAll(async () => {
  client.disconnect();
  await nodeRedis.destroy();
  await set.stop();
});
afterEach(async () => {
  await load?.abandon();
  load = undefined;
});

const urls = (): string[] => set.sentinels.map(({ host, port }) => `redis://${host}:${port}`);

it('several writers on the same series are exact when the master dies with writes that its replica has not', async () => {
  const own = { redis: { sentinels: urls(), name: set.name } };
  const writers = (load = new Load([own, own, { redis: client }, { redis: nodeRedis }]));
  await writers.goesOn();
  const dead = await set.master();
  const [master, replica] = [await dead.connect(), await (set.servers.find((one) => one !== dead) ?? dead).connect()];
  // It cannot come back to its master, and misses what is written from now on.
  await replica.config('SET', 'masterauth', 'wrong');
  await master.call('CLIENT', 'KILL', 'TYPE', 'replica');
  await writers.goesOn();
  await writers.goesOn();
  await replica.config('SET', 'masterauth', '');
  const revision = 'metrics-meta:revision';
  expect(Number(await master.get(revision))).toBeGreaterThan(Number(await replica.get(revision)));
  const promoted = await set.killMaster();
  expect(promoted).not.toBe(dead);
  await writers.goesOn();
  await set.restart(dead);
  await writers.goesOn();
  await writers.stop();

  expect(writers.dropped()).toEqual({});
  expect(await readStored(replica)).toEqual(writers.expected());
});

it('reports a master name that no Sentinel knows, and closes in time', async () => {
  const log = new RecordedLog();
  const service = new RedisMetricsService({ redis: { sentinels: urls(), name: 'other' }, logger: log });
  service.incrementCounter('orders');
  await expect(service.flush()).rejects.toThrow(
    `no connection to other of the Sentinels at ${urls().join(', ')}: the Sentinels know no master other`,
  );
  const startedAt = performance.now();
  await service.close();
  // After five seconds, when nothing else takes the machine.
  expect(performance.now() - startedAt).toBeLessThan(30_000);
});

it('lets the process end', async () => {
  const options = { redis: { sentinels: urls(), name: set.name } };
  expect(Number(await runProcess(options, LIVE_ON))).toBeLessThan(MAX_MS);
});

it('needs one command of Sentinels, besides what it needs of the master', async () => {
  const sentinels = set.sentinels.map(({ host, port }) => new Redis(port, host));
  const master = await (await set.master()).connect();
  await master.acl('SETUSER', 'redmeter-writer', 'reset', ...aclRules().writer);
  const write = async (rule: string): Promise<unknown> => {
    for (const sentinel of sentinels)
      await sentinel.call('ACL', 'SETUSER', 'asker', 'reset', 'on', '>secret', '-@all', rule);
    const service = new RedisMetricsService({
      redis: {
        sentinels: urls().map((url) => url.replace('//', '//asker:secret@')),
        name: set.name,
        username: 'redmeter-writer',
        password: 'password',
      },
      logger: new RecordedLog(),
    });
    service.incrementCounter('orders');
    const error = await service.flush().catch(String);
    // close() would try for seconds where nothing can be written.
    for (const sentinel of sentinels) await sentinel.call('ACL', 'SETUSER', 'asker', '+@all');
    await service.close();
    return error;
  };
  expect(await write('+sentinel|get-master-addr-by-name')).toBeUndefined();
  expect(await write('+ping')).toContain('NOPERM');
  for (const sentinel of sentinels) sentinel.disconnect();
});
