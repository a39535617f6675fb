import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, it } from '@jest/globals';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { Redis } from 'ioredis';
import { DROP_REASONS, RedisMetricsService } from '../src/index.js';
import { aclRules, blocks, packageRoot } from './documents.js';
import { COUNTER, increment, keys, merge } from './lua/merge-call.js';
import { RecordedLog } from './service/recorded-log.js';

const server = useRedisServer();

it('show an example of the merge script that works as printed', () => {
  const [example = ''] = blocks('docs/merge-script.md', 'sh');
  const here = example.replaceAll('redis-cli', `redis-cli -p ${server.port}`);
  const output = execFileSync('sh', ['-c', here], { cwd: packageRoot, encoding: 'utf8' });
  expect(output.split('\n').filter((line) => /^(applied|duplicate)$/.test(line))).toEqual([
    'applied',
    'duplicate',
    'applied',
  ]);
  expect(output).toContain('"value":7');
});

it('name every reason to drop', () => {
  const delivery = readFileSync(join(packageRoot, 'docs/delivery.md'), 'utf8');
  for (const reason of DROP_REASONS) expect(delivery).toContain(`\`${reason}\``);
});

const pages = readdirSync(join(packageRoot, 'docs')).map((name) => `docs/${name}`);

it.each(['README.md', ...pages])('link to nothing that is not in the package: %s', (document) => {
  const text = readFileSync(join(packageRoot, document), 'utf8');
  const targets = [...text.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, target = '']) => target);
  const { files } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { readonly files: string[] };
  for (const target of targets.filter((path) => !path.includes('://'))) {
    const path = relative(packageRoot, join(packageRoot, dirname(document), target));
    expect([...files, 'README.md']).toContain(path.split('/')[0]);
    expect(existsSync(join(packageRoot, path))).toBe(true);
  }
});

const { writer: rules } = aclRules();

/** Does all that a writer does, as a user with these rules; returns the commands that the user was denied. */
async function writeAs(userRules: readonly string[]): Promise<string[]> {
  await server.client.flushall();
  await server.client.script('FLUSH');
  await server.client.acl('SETUSER', 'redmeter-writer', 'reset', ...userRules);
  await server.client.acl('LOG', 'RESET');
  await server.client.set('metrics:counter:bare', '5', 'PX', 60_000);
  await server.client.zadd(keys.live, '1000', 'metrics:counter:gone');
  const metrics = new RedisMetricsService({
    redis: `redis://redmeter-writer:password@127.0.0.1:${server.port}`,
    logger: new RecordedLog(),
    flushIntervalMs: 600_000,
    ttlSeconds: 3600,
  });
  for (let round = 0; round < 2; round += 1) {
    metrics.incrementCounter('bare');
    metrics.setGauge('level', 1);
    metrics.recordHistogram('took_ms', 1);
    metrics.gauge({ name: 'gone' }).clear();
    await Promise.allSettled([metrics.flush()]);
  }
  const client = new Redis(server.port, '127.0.0.1', {
    username: 'redmeter-writer',
    password: 'password',
    enableReadyCheck: false,
    disableClientInfo: true,
  });
  const touch = [['metrics:counter:events', { touch: true, family: 'events' }]] as const;
  await Promise.allSettled([merge(client, increment(1))]);
  await Promise.allSettled([merge(client, { batch: 2, families: COUNTER, series: touch })]);
  client.disconnect();
  const log = (await server.client.acl('LOG')) as unknown[][];
  const denied = log.map((entry) => String(entry[entry.indexOf('object') + 1]));
  // close() would try for seconds where nothing can be written.
  await server.client.acl('SETUSER', 'redmeter-writer', '+@all');
  await metrics.close();
  return [...new Set(denied)].sort();
}

it('give a user exactly the commands that writing needs', async () => {
  // INFO is asked for a warning only, and goes without.
  expect(await writeAs(rules)).toEqual(['info']);
  const commands = rules.filter((rule) => rule.startsWith('+'));
  expect(commands.length).toBeGreaterThan(10);
  for (const command of commands) {
    const denied = await writeAs(rules.filter((rule) => rule !== command));
    expect(denied).toContain(command.slice(1));
  }
});

it('give it exactly the keys that writing needs', async () => {
  const patterns = rules.filter((rule) => rule.startsWith('~'));
  expect(patterns).toHaveLength(2);
  for (const pattern of patterns) {
    const denied = await writeAs(rules.filter((rule) => rule !== pattern));
    expect(denied.filter((object) => object.startsWith(pattern.slice(1, -1)))).not.toEqual([]);
  }
});
