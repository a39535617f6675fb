import { afterEach, describe, expect, it } from '@jest/globals';
import { startRedisCluster, startSentinelSet, startTlsRedisServer, startUnixRedisServer } from '@redmeter/test-servers';
import { Redis } from 'ioredis';

let stop: (() => Promise<void>) | undefined;
afterEach(async () => {
  await stop?.();
  stop = undefined;
});

async function ping(client: Redis): Promise<string> {
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await client.ping();
  } finally {
    // Disconnecting a client that has ended keeps a timer of two seconds, and Jest waiting for it.
    if (client.status !== 'end') client.disconnect();
  }
}

it('a cluster serves all slots, moves one with its keys, and survives the loss of a master', async () => {
  const cluster = await startRedisCluster();
  stop = () => cluster.stop();
  // The result of CLUSTER KEYSLOT for 'foo'.
  const slot = 12_182;
  const owner = await cluster.masterOf(slot);
  await owner.client.set('foo', 'bar');
  const other = await cluster.masterOf(0);
  expect(other.id).not.toBe(owner.id);
  expect(await cluster.migrateSlot(slot, other)).toBe(1);
  expect(await cluster.masterOf(slot)).toBe(other);
  expect(await other.client.get('foo')).toBe('bar');

  await other.client.wait(1, 5000);
  const promoted = await cluster.failOver(slot);
  expect(await promoted.client.get('foo')).toBe('bar');
  await promoted.client.wait(1, 5000);
  const last = await cluster.killMasterOf(slot);
  expect([promoted.id, owner.id]).not.toContain(last.id);
  expect(await last.client.get('foo')).toBe('bar');
  await cluster.restart(promoted);
  expect((await cluster.replicasOf(last)).map(({ id }) => id)).toEqual([promoted.id]);
});

it('Sentinels agree on a master, and promote another when it dies', async () => {
  const set = await startSentinelSet({ replicas: 1 });
  stop = () => set.stop();
  const first = await set.master();
  const second = await set.killMaster();
  expect(second.port).not.toBe(first.port);
  await set.restart(first);
  expect(await set.master()).toBe(second);
});

describe('a server that also listens', () => {
  it('with TLS proves who it is to those who know its authority, and only to them', async () => {
    const server = await startTlsRedisServer();
    stop = () => server.stop();
    const { ca } = server.certificates;
    const once = { lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null };
    expect(await ping(new Redis(server.tlsUrl, { ...once, tls: { ca } }))).toBe('PONG');
    await expect(ping(new Redis(server.tlsUrl, { ...once, tls: {} }))).rejects.toThrow();
  });

  it('at a socket answers there', async () => {
    const server = await startUnixRedisServer();
    stop = () => server.stop();
    expect(await ping(new Redis({ path: server.socket, lazyConnect: true }))).toBe('PONG');
  });
});
