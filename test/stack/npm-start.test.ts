import { waitFor } from '@redmeter/test-servers';
import { afterEach, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { checkout, partNames, portVariables, readCheckoutSettings, type PartName } from '@redmeter/stack';
import { Redis } from 'ioredis';
import { npmStart, type NpmStart } from './npm-start-process.js';

const started: NpmStart[] = [];
async function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<NpmStart> {
  const run = await npmStart(args, env);
  started.push(run);
  return run;
}
afterEach(async () => {
  for (const run of started.splice(0)) {
    run.signal('SIGTERM');
    await run.exitCode;
  }
});

const noEngine = { DOCKER_HOST: 'unix:///nonexistent/docker.sock' };
const localParts: readonly PartName[] = ['redis', 'store', 'exporter', 'prometheus'];
const isUp = /Press Ctrl-C to stop everything/;

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** The run's folder, out of the line under the table. */
async function folderOf(run: NpmStart): Promise<string> {
  const [, folder = ''] = await run.untilSaid(/^Logs and data: (\S+)/m);
  return folder;
}

async function shutDown(port: number): Promise<void> {
  const { passwords } = readCheckoutSettings(checkout, process.env);
  const redis = new Redis(port, '127.0.0.1', { password: passwords.people, retryStrategy: () => null });
  const closed = new Promise((resolve) => redis.once('end', resolve));
  // Redis ends without an answer, which the client takes for an error.
  await redis.shutdown('NOSAVE').catch(() => undefined);
  await closed;
}

async function nothingIsLeft(run: NpmStart, folder: string): Promise<boolean> {
  const listening = await Promise.all(partNames.map((part) => listens(run.ports[part])));
  return !listening.includes(true) && !existsSync(folder);
}

describe('npm start -- --local', () => {
  it('shows every part with its address and state, and leaves nothing behind after Ctrl-C', async () => {
    const run = await start(['--local']);
    await run.untilSaid(isUp);
    const { redis, store, exporter, prometheus } = run.ports;
    expect(run.said()).toMatch(/^PART +URL +STATE$/m);
    expect(run.said()).toMatch(new RegExp(`^redis +redis://localhost:${redis} +healthy$`, 'm'));
    expect(run.said()).toMatch(new RegExp(`^store +http://localhost:${store}/api/store +healthy$`, 'm'));
    expect(run.said()).toMatch(new RegExp(`^exporter +http://localhost:${exporter}/metrics +healthy$`, 'm'));
    expect(run.said()).toMatch(new RegExp(`^prometheus +http://localhost:${prometheus} +healthy$`, 'm'));
    expect(run.said()).toMatch(/^grafana +/m);
    expect((await fetch(`http://localhost:${store}/api/store/join`)).status).toBe(200);

    const folder = await folderOf(run);
    run.signal('SIGINT');
    await run.exitCode;
    expect(run.said()).toMatch(/\nStopping …\nStopped\.\n$/);
    expect(await nothingIsLeft(run, folder)).toBe(true);
  });

  it('puts the native exporter beside the stock one, which leaves the series to it', async () => {
    const run = await start(['--local', '--exporter', 'native']);
    await run.untilSaid(isUp);
    const { store, exporter, native } = run.ports;
    expect(run.said()).toMatch(new RegExp(`^native +http://localhost:${native}/metrics +healthy$`, 'm'));
    expect(run.said()).toMatch(new RegExp(`^exporter +http://localhost:${exporter}/metrics +healthy$`, 'm'));
    await fetch(`http://localhost:${store}/api/store/join`);
    const metrics = async (port: number): Promise<string> => (await fetch(`http://localhost:${port}/metrics`)).text();
    await waitFor(
      async () => (await metrics(native)).includes('user_events{event="joined"} 1\n'),
      'the native exporter serves the recordings of the store',
    );
    expect(await metrics(exporter)).not.toContain('user_events');
    const folder = await folderOf(run);
    run.signal('SIGINT');
    await run.exitCode;
    expect(await nothingIsLeft(run, folder)).toBe(true);
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)('stops when npm alone gets %s', async (name) => {
    const run = await start(['--local']);
    await run.untilSaid(isUp);
    const folder = await folderOf(run);
    run.signalNpm(name);
    await run.exitCode;
    expect(run.said()).toMatch(/\nStopped\.\n$/);
    expect(await nothingIsLeft(run, folder)).toBe(true);
  });

  it('lets a second one say what is in the way', async () => {
    const first = await start(['--local']);
    await first.untilSaid(isUp);
    const taken = Object.fromEntries(partNames.map((part) => [portVariables[part], String(first.ports[part])]));
    const second = await start(['--local'], taken);
    expect(await second.exitCode).toBe(1);
    for (const part of localParts) {
      const line = `^port ${first.ports[part]} \\(${part}\\) is in use.*; free it, or set ${portVariables[part]} in .env`;
      expect(second.said()).toMatch(new RegExp(line, 'm'));
    }
  });

  it('relays the end of a part with its last words, and stops the rest', async () => {
    const run = await start(['--local']);
    await run.untilSaid(isUp);
    const folder = await folderOf(run);
    await shutDown(run.ports.redis);
    expect(await run.exitCode).toBe(1);
    expect(run.said()).toMatch(/redis ended with exit code 0; the last lines of its log:\n(.*\n)*.*bye bye/);
    expect(await nothingIsLeft(run, folder)).toBe(true);
  });

  it('leaves nothing behind even when it is killed', async () => {
    const run = await start(['--local']);
    await run.untilSaid(isUp);
    const folder = await folderOf(run);
    run.signal('SIGKILL');
    await run.exitCode;
    await waitFor(() => nothingIsLeft(run, folder), 'all parts have ended');
  }, 150_000);

  it.each([
    [{ REDIS_PORT: 'abc' }, 'REDIS_PORT: expected a port number from 1 to 65535, got "abc" from the environment'],
    [{ REDIS_PASSWORD: '' }, 'REDIS_PASSWORD: expected letters, digits and . _ ~ - only, got nothing; set it in .env'],
  ])('refuses %j in one line', async (env, message) => {
    const run = await start(['--local'], env);
    expect(await run.exitCode).toBe(1);
    expect(run.said().trim().split('\n').at(-1)).toBe(message);
    expect(run.said()).not.toMatch(/Starting|\n {4}at /);
  });
});

describe('npm start', () => {
  it('takes local processes where no Docker engine answers, and says so', async () => {
    const run = await start([], noEngine);
    await run.untilSaid(/^No Docker engine \(.+\): starting local processes instead\.$/m);
    run.signal('SIGINT');
    await run.exitCode;
    expect(run.said()).toMatch(/\nStopped\.\n$/);
  });

  it.each([
    [
      ['--fast'],
      'npm start: Unknown option \'--fast\'; expected --docker, --local, --exporter stock, --exporter native, --release, --release=failing or --help, after "--": npm start -- --local',
    ],
    [
      ['fast'],
      'npm start: Unexpected argument \'fast\'; expected --docker, --local, --exporter stock, --exporter native, --release, --release=failing or --help, after "--": npm start -- --local',
    ],
    [
      ['--docker', '--local'],
      'npm start: --docker and --local cannot be combined; expected --docker, --local, --exporter stock, --exporter native, --release, --release=failing or --help, after "--": npm start -- --local',
    ],
  ])('refuses %j in one line', async (args, message) => {
    const run = await start(args);
    expect(await run.exitCode).toBe(1);
    expect(run.said().trim()).toBe(message);
  });

  it('explains itself', async () => {
    const run = await start(['--help']);
    expect(await run.exitCode).toBe(0);
    expect(run.said()).toContain('Usage: npm start');
  });

  it('with --docker needs an engine', async () => {
    const run = await start(['--docker'], noEngine);
    expect(await run.exitCode).toBe(1);
    expect(run.said().trim().split('\n').at(-1)).toMatch(/^--docker: expected a Docker engine, got: .+/);
  });
});
