import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  makeCertificates,
  startRedisServer,
  startSentinelSet,
  startTlsRedisServer,
  startUnixRedisServer,
  type RedisServer,
  waitFor,
} from '@redmeter/test-servers';
import { temporaryFolder } from '@redmeter/test-servers/jest';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { firstContact, newClient } from '../../../src/redis/redis-client.js';
import { readAddresses } from '../../../src/redis/redis-url.js';
import { checkExposition } from '../../exposition/exposition-checker.js';
import { writeIndexed, writeToShard } from '../../reading/redis-state.js';
import { DEFAULTS, startTestExporter, tryExporter } from '../../test-exporter.js';
import { applicationLines, valueOf } from '../../topologies/scrape-text.js';

const counter = (value: number): string => JSON.stringify({ type: 'counter', value, created: 1000, timestamp: 2000 });

async function record(server: RedisServer, values: Readonly<Record<string, string>>): Promise<void> {
  await writeIndexed(await server.connect(), values);
}

describe('several Redis', () => {
  let servers: [RedisServer, RedisServer];
  beforeAll(async () => {
    servers = [await startRedisServer(), await startRedisServer()];
    await record(servers[0], { 'metrics:counter:jobs_total:q=a': counter(3) });
    await record(servers[1], {
      'metrics:counter:jobs_total:q=a': counter(4),
      'metrics:gauge:waiting:redis=mine': '7',
    });
  });
  afterAll(async () => {
    for (const server of servers) await server.stop();
  });

  it('have their series distinguished by a label', async () => {
    const exporter = await startTestExporter([servers[0].url, `orders=${servers[1].url}`]);
    const text = await exporter.metrics();
    const first = `127.0.0.1:${servers[0].port}`;
    expect(applicationLines(text).filter((line) => !line.startsWith('#'))).toEqual([
      `jobs_total{q="a",redis="${first}"} 3`,
      'jobs_total{q="a",redis="orders"} 4',
      'waiting{exported_redis="mine",redis="orders"} 7',
    ]);
    expect(valueOf(text, 'redmeter_skipped_keys{reason="duplicate_series"}')).toBe(0);
    expect(valueOf(text, `redmeter_node_up{node="127.0.0.1:${servers[1].port}",redis="orders"}`)).toBe(1);
    expect(checkExposition(text, 'text').problems).toEqual([]);
    await exporter.stop();
  });

  it.each([
    ['is down', 'SIGKILL'],
    ['hangs', 'SIGSTOP'],
  ] as const)('are shown but for one that %s, in time', async (_name, signal) => {
    const other = await startRedisServer();
    await record(other, { 'metrics:counter:jobs_total': counter(9) });
    const exporter = await startTestExporter([`left=${servers[0].url}`, `right=${other.url}`]);
    expect(await exporter.metrics()).toContain('jobs_total{redis="right"} 9\n');
    process.kill(other.pid, signal);
    // No promise how soon a killed process's connection ends; a scrape that finds it whole finds it hanging.
    const text = await waitFor(async () => {
      const next = await exporter.metrics({ 'X-Prometheus-Scrape-Timeout-Seconds': '4' });
      return valueOf(next, 'redmeter_up') === 1 ? next : undefined;
    });
    expect(text).toContain('jobs_total{q="a",redis="left"} 3\n');
    expect(text).not.toContain('redis="right"} 9');
    expect(valueOf(text, `redmeter_node_up{node="127.0.0.1:${other.port}",redis="right"}`)).toBe(0);
    await exporter.metrics();
    expect(exporter.log.filter((line) => line.startsWith('warn'))).toEqual([
      expect.stringContaining(`warn right, node 127.0.0.1:${other.port} cannot be read, serving without its series`),
    ]);
    await exporter.stop();
    if (signal === 'SIGSTOP') process.kill(other.pid, 'SIGCONT');
    await other.stop();
  });

  it('must have different names', async () => {
    await expect(tryExporter({ redis: [servers[0].url, servers[0].url] })).rejects.toThrow(
      'expected another name for each',
    );
  });
});

describe('a Redis', () => {
  it('with shards, but no cluster, is read by their indexes', async () => {
    const server = await startRedisServer();
    const redis = await server.connect();
    for (const tag of ['3', '1', '0']) {
      await writeToShard(redis, { tag, shards: 3 }, { [`metrics:{${tag}}:counter:jobs_total:t=${tag}`]: counter(1) });
    }
    await redis.set('metrics:counter:loose_total', '1');
    for (const [scanLimitKeys, names] of [
      [50_000, ['jobs_total', 'jobs_total', 'jobs_total', 'loose_total']],
      [0, ['jobs_total', 'jobs_total', 'jobs_total']],
    ] as const) {
      const exporter = await startTestExporter(server.url, { scanLimitKeys });
      const text = await exporter.metrics();
      expect(applicationLines(text).flatMap((line) => /^[a-z]\w*/.exec(line) ?? [])).toEqual(names);
      expect(checkExposition(text, 'text').problems).toEqual([]);
      await exporter.stop();
    }
    await server.stop();
  });

  it('is reached through a socket in the file system', async () => {
    const server = await startUnixRedisServer();
    await record(server, { 'metrics:counter:jobs_total': counter(1) });
    const exporter = await startTestExporter(`unix://${server.socket}`);
    const text = await exporter.metrics();
    expect(text).toContain('jobs_total 1\n');
    expect(valueOf(text, `redmeter_node_up{node="${server.socket}",redis="${server.socket}"}`)).toBe(1);
    await exporter.stop();
    await server.stop();
  });

  it('lets in a user with no more rights than the documents name', async () => {
    const server = await startRedisServer();
    await record(server, { 'metrics:counter:jobs_total': counter(1) });
    const redis = await server.connect();
    await redis.hset('metrics:counter:hashes_total', { value: '2', timestamp: '1763600012345' });
    const commands =
      '+ping +select +client|setname +info +time +dbsize +scan +get +getrange +hstrlen +hmget +mget +zrangebyscore +zcount +zscan +zmscore +sscan';
    await redis.acl(
      'SETUSER',
      'reader',
      'on',
      '>pw',
      '%R~metrics:*',
      '%R~metrics-meta:*',
      'resetchannels',
      '-@all',
      ...commands.split(' '),
    );
    const exporter = await startTestExporter(server.url, { access: { user: 'reader', password: 'pw' } });
    const text = await exporter.metrics();
    expect(text).toContain('jobs_total 1\n');
    expect(text).toContain('hashes_total 2\n');
    expect(await redis.acl('LOG')).toEqual([]);
    await exporter.stop();
    await server.stop();
  });
});

describe('TLS to Redis', () => {
  it('checks the certificate by the configured authority and name', async () => {
    const server = await startTlsRedisServer();
    await record(server, { 'metrics:counter:jobs_total': counter(1) });
    const { caFile, certFile, keyFile } = server.certificates;
    const upOf = async (url: string, access: object): Promise<number | undefined> => {
      const exporter = await startTestExporter(url, { access });
      const text = await exporter.metrics();
      await exporter.stop();
      return valueOf(text, 'redmeter_up');
    };
    expect(await upOf(server.tlsUrl, { tlsCaFile: caFile })).toBe(1);
    expect(await upOf(server.tlsUrl, {})).toBe(0);
    expect(await upOf(server.tlsUrl, { tlsCaFile: caFile, tlsServerName: 'elsewhere.test' })).toBe(0);
    expect(await upOf(`rediss://127.0.0.1:${server.tlsPort}`, { tlsCaFile: caFile, tlsServerName: 'localhost' })).toBe(
      1,
    );
    await (await server.connect()).config('SET', 'tls-auth-clients', 'yes');
    expect(await upOf(server.tlsUrl, { tlsCaFile: caFile })).toBe(0);
    expect(await upOf(server.tlsUrl, { tlsCaFile: caFile, tlsCertFile: certFile, tlsKeyFile: keyFile })).toBe(1);
    await server.stop();
  });

  it('suggests a fix if the address has TLS wrong', async () => {
    const server = await startTlsRedisServer();
    const whyOf = async (url: string): Promise<string> => {
      const [address] = readAddresses([url], DEFAULTS.access);
      const [endpoint] = address?.endpoints ?? [];
      if (address === undefined || endpoint === undefined) throw new Error('expected an address');
      const checked = newClient(address, endpoint, 1000);
      const contact = await firstContact(checked, address.shown);
      checked.client.disconnect();
      return contact.kind === 'away' ? contact.why : contact.kind;
    };
    const [expected, unexpected] = await Promise.all([
      whyOf(server.tlsUrl.replace('rediss:', 'redis:')),
      whyOf(server.url.replace('redis:', 'rediss:')),
    ]);
    expect(expected).toMatch(/; if the server expects TLS, use rediss:\/\/ instead of redis:\/\/$/);
    expect(unexpected).toMatch(/; if the server does not speak TLS, use redis:\/\/ instead of rediss:\/\/$/);
    await server.stop();
  });

  it('refuses files that are none, or do not fit, with one line', async () => {
    const folder = temporaryFolder();
    const noPem = join(folder, 'no.pem');
    writeFileSync(noPem, 'hello');
    const redis = ['rediss://127.0.0.1:1'];
    const refusal = async (access: object): Promise<unknown> =>
      tryExporter({ redis, access, isConfigCheck: true }).then(
        () => 'accepted',
        (error: unknown) => `${String(error).split('\n').length} ${String(error).slice(0, 90)}`,
      );
    expect(await refusal({ tlsCaFile: '/none' })).toMatch(/^1 ExporterError: --redis.tls.ca-file: cannot read \/none/);
    expect(await refusal({ tlsCertFile: noPem })).toMatch(/^1 ExporterError: .*expected both or none/);
    expect(await refusal({ tlsCertFile: noPem, tlsKeyFile: noPem })).toMatch(
      /^1 ExporterError: --redis.tls: expected cert/,
    );
  });
});

describe('Sentinels', () => {
  it.each(['redis-sentinel', 'rediss-sentinel'])('name the master, and who takes its place: %s://', async (scheme) => {
    const folder = temporaryFolder();
    const certificates = scheme === 'rediss-sentinel' ? makeCertificates(folder) : undefined;
    const set = await startSentinelSet({ replicas: 1, ...(certificates === undefined ? {} : { certificates }) });
    await record(await set.master(), { 'metrics:counter:jobs_total': counter(1) });
    const hosts = certificates === undefined ? set.sentinels.map(({ host, port }) => `${host}:${port}`) : set.tlsHosts;
    const url = `${scheme}://${hosts.join(',')}`;
    const options = { access: { tlsCaFile: certificates?.caFile } };
    const exporter = await startTestExporter(`${url}/${set.name}`, options);
    expect(await exporter.metrics()).toContain('jobs_total 1\n');
    expect(await exporter.metrics()).toContain(`redmeter_node_up{node="${set.name}",redis="${set.name}"} 1\n`);
    const next = await set.killMaster();
    await record(next, { 'metrics:counter:jobs_total': counter(2) });
    const text = await waitFor(async () => {
      const answer = await exporter.metrics();
      return answer.includes('jobs_total 2\n') ? answer : undefined;
    });
    expect(valueOf(text, 'redmeter_up')).toBe(1);
    const unknown = await startTestExporter(`${url}/nobody`, options);
    expect(unknown.log[0]).toMatch(/^warn rediss?-sentinel:\S+: the Sentinels know no master nobody/);
    await unknown.stop();
    await exporter.stop();
    await set.stop();
  });
});
