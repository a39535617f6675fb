import { afterEach, expect, it } from '@jest/globals';
import { startRedisServer, waitFor, type RedisServer } from '@redmeter/test-servers';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { doctor } from './doctor-run.js';

const SCRIPT = readFileSync(join(__dirname, '../../../../../configs/redis-exporter.lua'), 'utf8');

const started: RedisServer[] = [];
afterEach(async () => {
  for (const server of started.splice(0)) await server.stop();
});

async function start(...args: string[]): Promise<RedisServer> {
  const server = await startRedisServer({ args });
  started.push(server);
  return server;
}

it('reports a policy by which Redis evicts, keys that it evicted, and memory that is full', async () => {
  const server = await start('--maxmemory-policy', 'allkeys-random');
  const redis = await server.connect();
  expect((await doctor(server.url)).findings.get('eviction_policy')).toMatchObject({ severity: 'warning' });
  await redis.mset(Array.from({ length: 100 }, (_, i) => [`metrics:counter:a:i=${i}`, '5']).flat());
  await redis.config('SET', 'maxmemory', '1mb');
  await waitFor(async () => {
    // What cannot be written makes room, or not.
    await redis.set('metrics:counter:b', '5').catch(() => undefined);
    return /evicted_keys:[1-9]/.test(await redis.info('stats'));
  });
  const { code, findings } = await doctor(server.url);
  expect(code).toBe(1);
  expect(findings.get('eviction_policy')).toMatchObject({
    severity: 'error',
    what: expect.stringContaining('maxmemory-policy is allkeys-random'),
  });
  expect(findings.get('evicted_keys')).toMatchObject({ severity: 'error' });
  expect(findings.get('memory_full')).toMatchObject({ severity: 'error' });
});

it('reports snapshots that failed, and that there is no append-only file', async () => {
  const server = await start();
  const redis = await server.connect();
  rmSync(server.dir, { recursive: true });
  await redis.bgsave();
  await waitFor(async () => (await redis.info('persistence')).includes('rdb_last_bgsave_status:err'));
  mkdirSync(server.dir);
  const { code, findings } = await doctor(server.url);
  expect(code).toBe(1);
  expect(findings.get('persistence_failed')?.what).toContain('the last snapshot (BGSAVE) failed');
  expect(findings.get('no_append_only_file')).toMatchObject({ severity: 'note' });
});

it('reports slow scripts, and delays that Redis noted', async () => {
  const server = await start('--slowlog-log-slower-than', '0', '--latency-monitor-threshold', '100');
  const redis = await server.connect();
  await redis.eval(SCRIPT, 0);
  await redis.eval('return 1', 1, 'metrics-meta:dataset');
  await redis.eval('return 1', 1, 'others:dataset');
  await redis.call('DEBUG', 'SLEEP', '0.15').catch(() => redis.eval('local n = 0 while n < 3e7 do n = n + 1 end', 0));
  const { json } = await doctor(server.url);
  const whats = (json['findings'] as { what: string }[]).map(({ what }) => what);
  expect(whats).toContainEqual(expect.stringContaining('SLOWLOG has 1 call of redis-exporter.lua'));
  expect(whats).toContainEqual(expect.stringContaining('SLOWLOG has 1 call of the merge script'));
  expect(whats).toContainEqual(expect.stringContaining('Redis noted delays of up to'));
});

it('reports a replica that is not in step, on its master and on itself', async () => {
  const master = await start('--repl-diskless-sync', 'yes', '--repl-diskless-sync-delay', '600');
  const replica = await start('--replicaof', '127.0.0.1', String(master.port));
  const redis = await master.connect();
  await waitFor(async () => (await redis.info('replication')).includes('state=wait_bgsave'));
  expect((await doctor(master.url)).findings.get('replica_lag')?.what).toContain('is in state wait_bgsave');
  const { code, findings } = await doctor(replica.url);
  expect(findings.get('is_replica')).toMatchObject({ severity: 'error' });
  expect(code).toBe(1);
});
