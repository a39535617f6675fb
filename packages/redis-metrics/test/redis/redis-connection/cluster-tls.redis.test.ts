import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { hashSlot, shardTags } from '@redmeter/metric-format';
import { makeCertificates, startRedisCluster, type Certificates, type RedisCluster } from '@redmeter/test-servers';
import { temporaryFolder } from '@redmeter/test-servers/jest';
import { RedisMetricsService, type RedisLocation } from '../../../src/index.js';
import { aclRules } from '../../documents.js';
import { RecordedLog } from '../../service/recorded-log.js';
import { Load, readStoredInCluster } from '../load.js';

const SHARDS = 3;
const SLOTS = shardTags(SHARDS).map(hashSlot);
const { writer, cluster: besides } = aclRules();

const folder = temporaryFolder();
let certificates: Certificates;
let cluster: RedisCluster;
let load: Load | undefined;

beforeAll(async () => {
  certificates = makeCertificates(folder);
  cluster = await startRedisCluster({ certificates });
  for (const { client } of cluster.nodes) {
    // The user's password is `password`.
    await client.acl('SETUSER', 'redmeter-writer', 'reset', ...writer, ...besides, '+info');
  }
});
afterAll(async () => {
  await cluster.stop();
});
afterEach(async () => {
  await load?.abandon();
  load = undefined;
});

/** One node by TLS, as the user: the others are found through it. */
function location(password = 'password', ca = certificates.ca): RedisLocation {
  const [seed = ''] = cluster.tlsUrls;
  return { cluster: [seed.replace('//', `//redmeter-writer:${password}@`)], tls: { ca } };
}

it('writers by TLS with a password are exact while slots move and masters hand over', async () => {
  const own = { redis: location(), shards: SHARDS };
  const writers = (load = new Load([own, own]));
  await writers.goesOn();
  for (const slot of SLOTS) {
    const from = await cluster.masterOf(slot);
    const masters = await Promise.all(SLOTS.map((other) => cluster.masterOf(other)));
    await cluster.migrateSlot(slot, masters.find(({ id }) => id !== from.id) ?? from);
    await cluster.failOver(slot);
    await writers.goesOn();
  }
  // Each node speaks in the clear, too: nobody came that way.
  for (const { client, port } of cluster.nodes) {
    const clients = String(await client.client('LIST')).split('\n');
    const theirs = clients.filter((one) => one.includes('user=redmeter-writer'));
    expect(theirs.filter((one) => one.includes(` laddr=127.0.0.1:${port} `))).toEqual([]);
  }
  await writers.stop();
  expect(writers.dropped()).toEqual({});
  expect(await readStoredInCluster(cluster, SHARDS)).toEqual(writers.expected());
});

it('reports another certificate authority, and a wrong password', async () => {
  const wrong: readonly (readonly [RedisLocation, RegExp])[] = [
    [location('password', otherAuthority()), /certificate/],
    [location('wrong'), /WRONGPASS/],
  ];
  const tries = wrong.map(async ([redis, message]) => {
    const service = new RedisMetricsService({ redis, shards: SHARDS, logger: new RecordedLog() });
    service.incrementCounter('orders');
    await expect(service.flush()).rejects.toThrow(message);
    await service.close();
  });
  await Promise.all(tries);
});

function otherAuthority(): string {
  const other = temporaryFolder();
  const { ca } = makeCertificates(other);
  return ca;
}
