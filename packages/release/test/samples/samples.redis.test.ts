import { temporaryFolder } from '@redmeter/test-servers/jest';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { freePort, startRedisServer, waitFor, type RedisServer } from '@redmeter/test-servers';
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startStore, type StoreProcess } from '../../../../app/test/store-process.js';
import { startServeProcess } from '../../../service/test/serve-process.js';
import { ask } from '../gateway/http-client.js';
import { startUsers, type UsersSeen } from '../gateway/users-load.js';

const PROGRAM = join(__dirname, '../../../experiment/bin/redmeter.mjs');

type Ended = { readonly code: number; readonly out: string; readonly error: string };

let redis: RedisServer;
let v1: StoreProcess;
let v2: StoreProcess;
/** A second version that fails every request. */
let failing: StoreProcess;
let home: string;
let port: number;
beforeAll(async () => {
  redis = await startRedisServer();
  await (await redis.connect()).acl('SETUSER', 'redmeter-reader', 'on', '>secret', '~*', '+@all');
  const common = { REDIS_URL: redis.url, METRICS_FLUSH_INTERVAL_MS: '100', LOG_LEVEL: 'info' };
  [v1, v2, failing] = await Promise.all([
    startStore({ ...common, STORE_VERSION: 'v1' }),
    startStore({ ...common, STORE_VERSION: 'v2' }),
    startStore({ ...common, STORE_VERSION: 'v2', STORE_ERROR_RATE: '1' }),
  ]);
});
afterAll(async () => {
  for (const store of [v1, v2, failing]) store.kill('SIGKILL');
  await redis.stop();
});
beforeEach(async () => {
  home = temporaryFolder();
  port = await freePort();
});
afterEach(async () => {
  await redmeter(home, 'release', 'stop', 'shop');
});

const url = (): string => `http://127.0.0.1:${port}/api/store/join`;
const variables = (candidate: StoreProcess): Record<string, string> => ({
  LISTEN: `127.0.0.1:${port}`,
  V1_URL: v1.url,
  V2_URL: candidate.url,
  REDIS_ADDRESS: new URL(redis.url).host,
  REDIS_READER_PASSWORD: 'secret',
  INTERVAL: '1s',
  METRICS_EMBEDDED_FOLDER: join(home, 'metrics'),
});

function redmeter(folder: string, ...args: readonly string[]): Promise<Ended> {
  return command(folder, v2, ...args);
}

function command(folder: string, candidate: StoreProcess, ...args: readonly string[]): Promise<Ended> {
  const env = { PATH: process.env['PATH'], HOME: home, ...variables(candidate) };
  return new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, ...args], { cwd: folder, env }, (failure, out, error) =>
      resolve({ code: typeof failure?.code === 'number' ? failure.code : failure === null ? 0 : -1, out, error }),
    );
  });
}

/** Copies a sample from the hub, puts its weights into force, and gives its folder. */
async function start(name: string, candidate = v2): Promise<string> {
  expect(await redmeter(home, 'hub', '-e', name)).toMatchObject({
    code: 0,
    out: `copied ${name}; next: cd ${name} && redmeter release plan\n`,
  });
  const folder = join(home, name);
  expect(await command(folder, candidate, 'release', 'apply')).toMatchObject({ code: 0, error: '' });
  return folder;
}

/** The versions that so many new users meet. */
async function versionsOf(users: number, headers: Record<string, string> = {}): Promise<ReadonlyMap<string, number>> {
  const seen = new Map<string, number>();
  for (let count = 0; count < users; count += 1) {
    const { version = 'none' } = await ask(url(), { headers });
    seen.set(version, (seen.get(version) ?? 0) + 1);
  }
  return seen;
}

async function whileUsersCome<T>(work: () => Promise<T>): Promise<{ readonly ended: T; readonly users: UsersSeen }> {
  const users = startUsers(url(), 8);
  try {
    const ended = await work();
    return { ended, users: await users.stop() };
  } finally {
    await users.stop();
  }
}

const eventsOf = (out: string): string[] =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string; weight?: number })
    .filter(({ event }) => event !== 'missing' && event !== 'inconclusive')
    .map(({ event, weight }) => `${event} ${weight ?? ''}`);

// Shorter than the sample's, as the stores of this test flush.
const FLUSHING = ['--set', 'FLUSH_INTERVAL=200ms'];

it('canary: users move step by step, each after a satisfied verdict', async () => {
  const folder = await start('canary');
  const { ended, users } = await whileUsersCome(() => redmeter(folder, 'release', 'run', ...FLUSHING));
  expect([ended.code, ended.error, users.failures]).toEqual([0, expect.any(String), []]);
  expect(eventsOf(ended.out)).toEqual(
    [10, 50].flatMap((weight) => [`step ${weight}`, `satisfied ${weight}`]).concat('step 100', 'promoted 100'),
  );
  expect([...(await versionsOf(20)).keys()]).toEqual(['v2']);
});

it('blue-green: all users move at once, and back at once, by hand and when the version fails', async () => {
  const folder = await start('blue-green');
  expect([...(await versionsOf(20)).keys()]).toEqual(['v1']);
  const { ended } = await whileUsersCome(() => redmeter(folder, 'release', 'run', ...FLUSHING));
  expect([ended.code, eventsOf(ended.out)]).toEqual([0, ['step 100', 'promoted 100']]);
  expect([...(await versionsOf(20)).keys()]).toEqual(['v2']);
  expect(await redmeter(folder, 'release', 'abort')).toMatchObject({ code: 0 });
  expect([...(await versionsOf(20)).keys()]).toEqual(['v1']);

  const { ended: failed } = await whileUsersCome(() => command(folder, failing, 'release', 'run', ...FLUSHING));
  expect([failed.code, eventsOf(failed.out)]).toEqual([1, ['step 100', 'rolling back 0', 'rolled back 0']]);
  expect([...(await versionsOf(20)).keys()]).toEqual(['v1']);
});

it('mirror: each request is copied, and no user sees what becomes of the copy', async () => {
  const client = await redis.connect();
  await client.flushall();
  await start('mirror', failing);
  expect([...(await versionsOf(60)).keys()]).toEqual(['v1']);
  // The version that gets the copies counts the requests, and its errors.
  await waitFor(async () => (await countOf(client, 'api_errors')) === 60);
});

it('segment: users of a segment meet its version, all others the first one', async () => {
  await start('segment');
  expect([...(await versionsOf(20, { 'x-beta': 'yes' })).keys()]).toEqual(['v2']);
  expect([...(await versionsOf(20, { cookie: 'country=nl' })).keys()]).toEqual(['v2']);
  expect([...(await versionsOf(20, { cookie: 'country=de', 'x-beta': 'no' })).keys()]).toEqual(['v1']);
  expect([...(await versionsOf(20)).keys()]).toEqual(['v1']);
});

it('ab-test: users are split by weight, stay, and the version whose users spend more wins', async () => {
  const folder = await start('ab-test');
  expect(await redmeter(folder, 'abn', 'versions', 'shop', 'v1=50', 'v2=50')).toMatchObject({ code: 0 });
  await mkdir(join(home, 'metrics'), { recursive: true });
  const service = await startServeProcess([], variables(v2));
  try {
    const byVersion = new Map<string, number>();
    const shop = async (user: number): Promise<void> => {
      const first = await ask(url());
      const cookie = first.cookie?.split(';', 1)[0] ?? '';
      const { version = '' } = await ask(url(), { headers: { cookie } });
      expect([cookie, version]).toEqual([`shop-version=${first.version ?? ''}`, first.version]);
      byVersion.set(version, (byVersion.get(version) ?? 0) + 1);
      const value = (version === 'v2' ? 20 : 10) + (user % 5);
      const answer = await fetch(`${service.url}/v1/metrics`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ application: 'shop', user: `user-${user}`, version, metric: 'spent', value }),
      });
      expect(answer.status).toBe(204);
    };
    for (let user = 0; user < 200; user += 20) {
      await Promise.all(Array.from({ length: 20 }, (_, index) => shop(user + index)));
    }
    // Half, give or take five standard deviations.
    expect(Math.abs((byVersion.get('v1') ?? 0) - 100)).toBeLessThan(5 * 7.1);
    const verdict = await redmeter(folder, 'run', '--json');
    expect(verdict.code).toBe(0);
    expect(JSON.parse(verdict.out)).toMatchObject({
      insights: { rewards: [{ metric: 'abn/spent/user-mean', winner: 1 }], versionNames: ['v1', 'v2'] },
    });
  } finally {
    await service.end('SIGTERM');
  }
});

/** What a counter comes to in Redis over all its series of the second version. */
async function countOf(client: Awaited<ReturnType<RedisServer['connect']>>, counter: string): Promise<number> {
  const keys = await client.keys(`metrics:counter:${counter}:*version=v2*`);
  const records = await Promise.all(keys.map((key) => client.get(key)));
  return records.reduce((sum, record) => sum + ((JSON.parse(record ?? '{}') as { value?: number }).value ?? 0), 0);
}
