import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { makeCertificates, startSentinelSet, type Certificates, type SentinelSet } from '@redmeter/test-servers';
import { temporaryFolder } from '@redmeter/test-servers/jest';
import { RedisMetricsService, type RedisLocation } from '../../../src/index.js';
import { aclRules } from '../../documents.js';
import { RecordedLog } from '../../service/recorded-log.js';
import { Load, readStored } from '../load.js';

const folder = temporaryFolder();
let certificates: Certificates;
let set: SentinelSet;
let load: Load | undefined;

beforeAll(async () => {
  certificates = makeCertificates(folder);
  set = await startSentinelSet({ replicas: 1, certificates });
  for (const server of set.servers) {
    // The user's password is `password`.
    await (await server.connect()).acl('SETUSER', 'redmeter-writer', 'reset', ...aclRules().writer);
  }
});
afterAll(async () => {
  await set.stop();
});
afterEach(async () => {
  await load?.abandon();
  load = undefined;
});

/** The Sentinels and the servers by TLS, the servers as the user. */
function location(ca: string): RedisLocation {
  const sentinels = set.tlsHosts.map((host) => `rediss://${host}`);
  return { sentinels, name: set.name, username: 'redmeter-writer', password: 'password', tls: { ca } };
}

it('writers by TLS with a password are exact while the master hands over, and when it dies', async () => {
  const own = { redis: location(certificates.ca) };
  const writers = (load = new Load([own, own]));
  await writers.goesOn();
  await set.failOver();
  await writers.goesOn();
  const master = await set.master();
  const clients = String(await (await master.connect()).client('LIST')).split('\n');
  const theirs = clients.filter((one) => one.includes('user=redmeter-writer'));
  expect(theirs).toHaveLength(2);
  // It speaks in the clear, too: nobody came that way.
  expect(theirs.filter((one) => one.includes(` laddr=127.0.0.1:${master.port} `))).toEqual([]);
  await set.killMaster();
  await writers.goesOn();
  await writers.stop();

  expect(writers.dropped()).toEqual({});
  expect(await readStored(await (await set.master()).connect())).toEqual(writers.expected());
});

it('reports Sentinels with a certificate of another authority', async () => {
  const other = temporaryFolder();
  const { ca } = makeCertificates(other);
  const service = new RedisMetricsService({ redis: location(ca), logger: new RecordedLog() });
  service.incrementCounter('orders');
  await expect(service.flush()).rejects.toThrow(/^the metrics are not written: .*certificate/);
  await service.close();
});
