import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { RedisMetricsService } from '@redmeter/redis-metrics';
import { checkout, partNames, startLocalStack, type Stack } from '@redmeter/stack';
import { freePorts } from '@redmeter/test-servers';
import { Redis } from 'ioredis';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
/** Redis's words to a command, and to one inside a script. */
const refusal = /NOPERM|can't run this command/;
const script = readFileSync(join(checkout, 'configs/redis-exporter.lua'), 'utf8');

let stack: Stack;
let people: Redis;
let writer: Redis;
let reader: Redis;

beforeAll(async () => {
  stack = await startLocalStack({ ports: await freePorts(...partNames), parts: ['redis'] });
  const { ports, passwords } = stack.settings;
  const connect = (username: string, password: string): Redis =>
    new Redis(ports.redis, '127.0.0.1', { username, password, maxRetriesPerRequest: 1 });
  people = connect('default', passwords.people);
  writer = connect('redmeter-writer', passwords.writer);
  reader = connect('redmeter-reader', passwords.reader);
});

afterAll(async () => {
  for (const client of [people, writer, reader]) client.disconnect();
  await stack.stop();
});

beforeEach(async () => {
  await people.flushall();
  await people.acl('LOG', 'RESET');
});

/** The commands that a user was refused. */
async function refusedCommands(username: string): Promise<string[]> {
  const entries = (await people.acl('LOG')) as (string | number)[][];
  return entries.flatMap((entry) =>
    entry[entry.indexOf('username') + 1] === username ? [String(entry[entry.indexOf('object') + 1])] : [],
  );
}

describe('redmeter-writer', () => {
  it('may do all that the library does', async () => {
    const { ports, passwords } = stack.settings;
    const metrics = new RedisMetricsService({
      redis: `redis://redmeter-writer:${passwords.writer}@127.0.0.1:${ports.redis}`,
      logger: silent,
    });
    for (let round = 0; round < 2; round += 1) {
      metrics.incrementCounter('orders', 1, { shop: 'a' });
      metrics.setGauge('queue_length', 3);
      metrics.recordHistogram('checkout_ms', 12.5);
      await metrics.flush();
      await people.script('FLUSH');
    }
    await people.set('metrics:counter:signups', '1');
    metrics.incrementCounter('signups');
    metrics.gauge({ name: 'queue_length' }).clear();
    await metrics.flush();
    const { counter, gauge, histogram } = metrics.stats();
    await metrics.close();

    expect([counter.flushed, gauge.flushed, histogram.flushed]).toEqual([3, 2, 2]);
    expect(await people.get('metrics:counter:signups')).toBe('2');
    expect(await people.exists('metrics:gauge:queue_length')).toBe(0);
    expect((await refusedCommands('redmeter-writer')).filter((command) => command !== 'client|setinfo')).toEqual([]);
  });

  it.each([
    [['INCR', 'metrics:counter:signups']],
    [['INCRBYFLOAT', 'metrics:counter:revenue', '0.5']],
    [['SET', 'metrics:gauge:temperature', '{"value":21.5}', 'EX', '1800']],
    [['SADD', 'metrics-meta:keys', 'metrics:counter:signups']],
  ])('may write a metric from any language: %j', async ([command = '', ...args]) => {
    await expect(writer.call(command, ...args)).resolves.toBeDefined();
  });

  it.each([
    [['SET', 'session:1', 'x']],
    [['GET', 'session:1']],
    [['EVAL', 'return redis.call("SET", KEYS[1], "x")', '1', 'session:1']],
    [['KEYS', '*']],
    [['SCAN', '0']],
    [['FLUSHALL']],
    [['FLUSHDB']],
    [['DEL', 'metrics:counter:signups']],
    [['CONFIG', 'GET', '*']],
    [['ACL', 'LIST']],
    [['SHUTDOWN']],
    [['REPLICAOF', 'NO', 'ONE']],
    [['SUBSCRIBE', 'news']],
    [['FUNCTION', 'LIST']],
    [['SCRIPT', 'FLUSH']],
    [['MONITOR']],
  ])('may not: %j', async ([command = '', ...args]) => {
    await expect(writer.call(command, ...args)).rejects.toThrow(refusal);
  });
});

describe('redmeter-reader', () => {
  it.each([['EVAL'], ['EVAL_RO']])('may run the script, and is refused nothing in it (%s)', async (command) => {
    await people.set('metrics:counter:orders:shop=a', '{"type":"counter","value":5}');
    await people.hset('metrics:gauge:level', { value: '7', timestamp: '1763600012345' });
    await people.sadd('metrics-meta:keys', 'metrics:counter:orders:shop=a', 'metrics:gauge:level');
    await people.zadd('metrics-meta:live', Date.now() + 60_000, 'metrics:counter:orders:shop=a');
    for (const scanLimit of ['100', '0']) {
      const lines = (await reader.call(command, script, '0', 'text', `scan_limit=${scanLimit}`)) as string[];
      expect(lines).toContain('orders{shop="a"} 5');
      expect(lines).toContain('level 7');
      expect(lines).toContain('redmeter_skipped_keys{reason="unreadable"} 0');
    }
    expect(await refusedCommands('redmeter-reader')).toEqual([]);
  });

  it.each([
    [['SET', 'metrics:gauge:x', '1']],
    [['DEL', 'metrics:gauge:x']],
    [['EVAL', 'return redis.call("SET", "metrics:gauge:x", "1")', '0']],
    [['GET', 'session:1']],
    [['KEYS', '*']],
    [['FLUSHALL']],
    [['CONFIG', 'GET', '*']],
    [['SLOWLOG', 'GET', '1']],
    [['ACL', 'LIST']],
    [['CLIENT', 'LIST']],
    [['SUBSCRIBE', 'news']],
  ])('may not: %j', async ([command = '', ...args]) => {
    await expect(reader.call(command, ...args)).rejects.toThrow(refusal);
  });
});

describe('start.sh', () => {
  it('keeps passwords out of the process listing and of the environment of redis-server', () => {
    const pid = String(stack.pids.redis);
    // A small Debian has no ps, and macOS no /proc.
    const listing = existsSync(`/proc/${pid}/cmdline`)
      ? readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      : spawnSync('ps', ['-o', 'args=', '-p', pid], { encoding: 'utf8' }).stdout;
    expect(listing).toContain('redis-server');
    const environment = existsSync(`/proc/${pid}/environ`) ? readFileSync(`/proc/${pid}/environ`, 'utf8') : '';
    for (const password of Object.values(stack.settings.passwords)) {
      expect(listing.split(/[\s\0=]/)).not.toContain(password);
      expect(environment.split(/[\0=]/)).not.toContain(password);
    }
  });

  it.each([
    ['nothing', '', 'REDIS_READER_PASSWORD: expected a password, got nothing; set it in .env'],
    ['what cannot stand in a URL', 'p@ss', 'REDIS_READER_PASSWORD: expected letters, digits and . _ ~ - only'],
  ])('refuses %s for a password with one line, and does not show it', (_, password, message) => {
    const { status, stderr } = spawnSync('sh', [join(checkout, 'configs/redis/start.sh')], {
      encoding: 'utf8',
      env: {
        PATH: process.env['PATH'],
        REDIS_PASSWORD: 'a',
        REDIS_WRITER_PASSWORD: 'b',
        REDIS_READER_PASSWORD: password,
      },
    });
    expect(status).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).not.toContain('p@ss');
  });
});
