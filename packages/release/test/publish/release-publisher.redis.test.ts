import { temporaryFolder } from '@redmeter/test-servers/jest';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { freePort, startRedisServer, waitFor, type RedisServer } from '@redmeter/test-servers';
import type { Redis } from 'ioredis';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { release, startRelease, type CommandProcess } from '../cli/release-process.js';
import { startVersion, type VersionServer } from '../gateway/version-server.js';

let server: RedisServer;
let redis: Redis;
let versions: VersionServer[];
let folder: string;
let variables: Record<string, string>;

beforeAll(async () => {
  server = await startRedisServer();
  redis = await server.connect();
  versions = await Promise.all(['v1', 'v2'].map(startVersion));
});
afterAll(async () => {
  for (const version of versions) await version.stop();
  await server.stop();
});
beforeEach(async () => {
  folder = temporaryFolder();
  await redis.flushall();
  // The commands that it needs, of those that configs/redis/users.acl gives writers.
  const rights = ['~metrics:*', '~metrics-meta:*', '-@all', '+time', '+set', '+sadd', '+select'];
  await redis.acl('SETUSER', 'writer', 'reset', 'on', '>pa55word', ...rights);
  variables = {
    METRICS_EMBEDDED_FOLDER: join(folder, 'store'),
    REDMETER_PUBLISH_REDIS: server.url.replace('//', '//writer:pa55word@'),
  };
});
afterEach(async () => {
  await release(folder, variables, 'stop', 'shop');
});

/** @param requests Of the load on the candidate at each look: 400 decide about it, 1 does not. */
async function writeRelease(requests: number, limit = 0.3): Promise<void> {
  const [one, other] = versions;
  await writeFile(
    join(folder, 'release.yaml'),
    `application: shop
gateway: { nginx: { listen: 127.0.0.1:${await freePort()}, folder: gate } }
versions:
  - { name: v1, url: '${one?.url ?? ''}' }
  - { name: v2, url: '${other?.url ?? ''}' }
rollout:
  candidate: v2
  steps: [10, 100]
  interval: 100ms
  deadline: 1h
  judge:
    - task: http
      with: { url: '${other?.url ?? ''}', numRequests: ${requests}, qps: 0 }
    - task: assess
      with: { SLOs: { upper: [{ metric: http/error-rate, limit: ${limit}, confidence: 0.9 }] } }
`,
  );
}

/** The values of the release in Redis by name and labels, without the application. */
async function published(): Promise<Record<string, number>> {
  const values: Record<string, number> = {};
  for (const key of await redis.keys('metrics:*')) {
    const [, , name = '', labels = ''] = key.split(':');
    const [application, ...others] = labels.split(',');
    expect(application).toBe('application=shop');
    const { value } = JSON.parse((await redis.get(key)) ?? '') as { value: number };
    values[[name.replace('redmeter_release_', ''), ...others.map((label) => label.split('=')[1])].join(' ')] = value;
  }
  return values;
}

async function history(): Promise<string[]> {
  const { out } = await release(folder, variables, 'history', 'shop', '--json');
  return (JSON.parse(out) as { event: string }[]).map(({ event }) => event);
}

const looksIn = (run: CommandProcess): number =>
  run.lines().filter((line) => line.includes('"event":"inconclusive"')).length;

it('shows weights, step and state, and counts each look once, whenever it is killed', async () => {
  await writeRelease(1);
  const run = startRelease(folder, variables, 'run');
  await waitFor(() => looksIn(run) >= 2, 'two looks');
  run.kill('SIGKILL');
  await run.ended;
  // The looks of one that was killed are shown by the one that goes on.
  const last = startRelease(folder, variables, 'run');
  await waitFor(() => looksIn(last) >= 1, 'a look');
  last.kill('SIGINT');
  expect(await last.ended).toMatchObject({ code: 3, error: '' });
  const looked = (await history()).filter((event) => event === 'inconclusive').length;
  expect(looked).toBeGreaterThanOrEqual(3);
  const observed = await published();
  expect(observed).toMatchObject({
    'wanted_weight_percent v1': 90,
    'wanted_weight_percent v2': 10,
    'weight_percent v1': 90,
    'weight_percent v2': 10,
    'state observing': 1,
    'state promoted': 0,
    step: 1,
    steps: 2,
    'looks_total inconclusive': looked,
    'looks_total satisfied': 0,
    rollbacks_total: 0,
  });
  expect(Number(observed['last_look_timestamp_seconds'])).toBeGreaterThan(Date.now() / 1000 - 600);
  expect(Number(observed['next_look_timestamp_seconds'])).toBeGreaterThan(
    Number(observed['last_look_timestamp_seconds']),
  );

  expect((await release(folder, variables, 'abort', 'shop')).code).toBe(0);
  expect(await published()).toMatchObject({
    'weight_percent v1': 100,
    'weight_percent v2': 0,
    'state rolled back': 1,
    'state observing': 0,
    'looks_total inconclusive': looked,
    rollbacks_total: 1,
    next_look_timestamp_seconds: 0,
  });

  expect((await release(folder, variables, 'stop', 'shop')).code).toBe(0);
  expect(await published()).toMatchObject({ 'wanted_weight_percent v1': 100, 'weight_percent v1': 0 });

  // Series that are gone come back with the same counts, as old ones: nothing looks as if it had happened now.
  const counter = 'metrics:counter:redmeter_release_rollbacks_total:application=shop';
  const before = JSON.parse((await redis.get(counter)) ?? '') as { created: number };
  await redis.flushall();
  expect((await release(folder, variables, 'apply')).code).toBe(0);
  expect(JSON.parse((await redis.get(counter)) ?? '')).toMatchObject({ value: 1, created: before.created });
  expect(await redis.ttl(counter)).toBeGreaterThan(6 * 24 * 3600);
}, 300_000);

it('shows a candidate that is promoted, without a secret in what it prints', async () => {
  await writeRelease(400);
  const { code, out, error } = await release(folder, variables, 'run');
  expect([code, error]).toEqual([0, '']);
  expect(out).not.toContain('pa55word');
  const satisfied = out.match(/"event":"(satisfied|promoted)"/g)?.length;
  expect(await published()).toMatchObject({
    'weight_percent v2': 100,
    'state promoted': 1,
    step: 2,
    'looks_total satisfied': satisfied,
    promotions_total: 1,
    rollbacks_total: 0,
  });
}, 300_000);

it('refuses an address that is none before it does anything, and rolls out where nothing can be published', async () => {
  await writeRelease(400);
  const refused = await release(folder, variables, 'run', '--publish-redis', 'http://u:pa55word@localhost');
  expect([refused.code, refused.out]).toEqual([2, '']);
  expect(refused.error).toMatch(
    /^redmeter: expected --publish-redis, or REDMETER_PUBLISH_REDIS, to be redis:\/\/.*\n$/,
  );
  expect(refused.error).not.toContain('pa55word');

  const away = (variables['REDMETER_PUBLISH_REDIS'] ?? '').replace(/:\d+$/, ':1');
  const { code, out, error } = await release(folder, variables, 'run', '--publish-redis', away);
  expect(out).toMatch(/"event":"promoted"/);
  // Once, although it is tried at each event.
  expect(error).toMatch(/^redmeter: expected to publish to Redis, got .*ECONNREFUSED.*\n$/);
  expect(error).not.toContain('pa55word');
  expect(code).toBe(0);
}, 300_000);
