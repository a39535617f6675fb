import { PrometheusClient, waitFor } from '@redmeter/test-servers';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { checkout, readCheckoutSettings } from '@redmeter/stack';
import { Redis } from 'ioredis';
import { composeCommands, isImageAvailable } from './compose-command.js';
import { removeLeftovers } from './leftovers.js';
import { TestProject } from './test-project.js';
import { typeAtTerminal } from './terminal.js';

const startTimeoutMs = 300_000;
const testTimeoutMs = 300_000;
const { passwords } = readCheckoutSettings(checkout, process.env);
const secrets = Object.values(passwords);
const dotEnv = parseEnv(readFileSync(join(checkout, '.env'), 'utf8'));
const images = { k6: dotEnv['K6_IMAGE'] ?? '', grafana: dotEnv['GRAFANA_IMAGE'] ?? '' };

/** The stack of docker-compose.yml as it is, under each release of Compose. */
export function testStockStack(): void {
  describe.each(composeCommands().map((command) => [command.release, command] as const))('Compose %s', (_, command) => {
    let project: TestProject;
    let services: string[];
    let prometheus: PrometheusClient;
    let people: Redis;

    beforeAll(async () => {
      project = await TestProject.create(command, { ports: 'free' });
      removeLeftovers(project.environment['DOCKER_HOST']);
      services = ['redis', 'app', 'exporter', 'prometheus', ...(isImageAvailable(images.grafana) ? ['grafana'] : [])];
      await project.compose('up', '-d', '--build', ...services);
      await project.untilHealthy(services, 120_000);
      prometheus = new PrometheusClient(`http://127.0.0.1:${project.port('PROMETHEUS_PORT')}`);
      people = client('default', passwords.people);
    }, startTimeoutMs);

    afterAll(async () => {
      people.disconnect();
      await project.remove();
    }, testTimeoutMs);

    function client(username: string, password: string): Redis {
      return new Redis(project.port('REDIS_PORT'), '127.0.0.1', {
        username,
        password,
        maxRetriesPerRequest: 1,
        // Redis is killed on purpose below.
        retryStrategy: () => 200,
      }).on('error', () => undefined);
    }

    /** Runs a line of curl as the documents print it, but for the port. */
    async function curl(line: string): Promise<string> {
      return project.shell(line.replace('localhost:5050', `localhost:${project.port('APP_PORT')}`));
    }

    async function recordedJoins(): Promise<number> {
      const record = await people.get('metrics:counter:user_events:event=joined');
      return (JSON.parse(record ?? '{"value":0}') as { value: number }).value;
    }

    describe('every container', () => {
      it('publishes on loopback alone', async () => {
        const addresses = [...(await project.containers()).values()].flatMap(({ NetworkSettings }) =>
          Object.values(NetworkSettings.Ports).flatMap((bindings) => (bindings ?? []).map(({ HostIp }) => HostIp)),
        );
        expect(addresses).toEqual(services.map(() => '127.0.0.1'));
      });

      it('runs as a user that is not root, without capabilities, and can gain none', async () => {
        for (const service of services) {
          const { Id } = await project.container(service);
          const status = await project.docker('exec', Id, 'cat', '/proc/1/status');
          expect([service, /^Uid:\s+(\d+)/m.exec(status)?.[1]]).not.toEqual([service, '0']);
          expect([service, /^CapEff:\s+(\w+)/m.exec(status)?.[1]]).toEqual([service, '0000000000000000']);
          expect([service, /^NoNewPrivs:\s+(\d)/m.exec(status)?.[1]]).toEqual([service, '1']);
        }
      });

      it('cannot write to its image, but for Grafana, and starts again by itself', async () => {
        const containers = await project.containers();
        expect([...containers].map(([name, { HostConfig }]) => [name, HostConfig.ReadonlyRootfs]).sort()).toEqual(
          services.map((name) => [name, name !== 'grafana']).sort(),
        );
        for (const { HostConfig } of containers.values()) expect(HostConfig.RestartPolicy.Name).toBe('unless-stopped');
      });

      it('shows no password to who lists containers or processes', async () => {
        let listing = await project.docker('ps', '--no-trunc');
        for (const { Id } of (await project.containers()).values())
          listing += await project.docker('top', Id, '-eo', 'pid,args');
        expect(listing).toContain('redis-server');
        for (const secret of secrets) expect(listing.split(/[\s/:@]/)).not.toContain(secret);
      });
    });

    it('holds no development tools in the image of the store', async () => {
      const { Id } = await project.container('app');
      const packages = (await project.docker('exec', Id, 'ls', 'node_modules', 'node_modules/@redmeter')).split(/\s+/);
      expect(packages).toEqual(expect.arrayContaining(['express', 'ioredis', 'redis-metrics']));
      for (const tool of ['typescript', 'jest', 'eslint']) expect(packages).not.toContain(tool);
    });

    it(
      'brings what the store counted to Prometheus as a native series',
      async () => {
        const before = await recordedJoins();
        for (let i = 0; i < 3; i += 1) await curl('curl -s http://localhost:5050/api/store/join');
        await curl('curl -s http://localhost:5050/api/store/look-around');
        await curl('curl -s http://localhost:5050/api/store/served');
        await curl('curl -s http://localhost:5050/api/store/simulate -X POST');
        await waitFor(
          async () => ((await prometheus.value('user_events{event="joined"}')) ?? 0) >= before + 3,
          'the joins reach Prometheus',
        );
        expect(await prometheus.query('user_events{event="joined"}')).toMatchObject([
          {
            labels: { __name__: 'user_events', event: 'joined', instance: 'redis', job: 'redis-exporter' },
            value: await recordedJoins(),
          },
        ]);
        expect(await prometheus.value('redis_up')).toBe(1);
      },
      testTimeoutMs,
    );

    describe('the container that is called redis', () => {
      it('is the only one, and lets people in by itself', async () => {
        const shown = await typeAtTerminal(
          'docker exec -it $(docker ps -qf "name=redis") redis-cli',
          ['KEYS "metrics:*"', 'GET "metrics:counter:user_events:event=joined"', 'exit'],
          { prompt: /127\.0\.0\.1:6379> $/, env: project.environment, cwd: checkout, timeoutMs: 20_000 },
        );
        expect(shown).toMatch(/\d+\) "metrics:counter:user_events:event=joined"/);
        expect(shown).toMatch(/"\{\\"type\\":\\"counter\\",\\"value\\":\d+/);
      });

      it('answers the script as a person asks it from a shell', async () => {
        const answer = await project.shell(
          'docker exec $(docker ps -qf "name=redis") redis-cli EVAL "$(cat configs/redis-exporter.lua)" 0',
        );
        expect(answer).toMatch(/^# TYPE user_events counter$/m);
        expect(answer).toContain(`user_events{event="joined"} ${await recordedJoins()}\n`);
      });
    });

    describe('the users of Redis', () => {
      it('are three, and none comes in without a password', async () => {
        const users = await people.acl('LIST');
        expect(users.map((user) => user.split(' ')[1]).sort()).toEqual([
          'default',
          'redmeter-reader',
          'redmeter-writer',
        ]);
        const stranger = new Redis(project.port('REDIS_PORT'), '127.0.0.1', {
          maxRetriesPerRequest: 0,
          enableReadyCheck: false,
        }).on('error', () => undefined);
        await expect(stranger.ping()).rejects.toThrow('NOAUTH');
        stranger.disconnect();
      });

      it.each([
        ['redmeter-writer', passwords.writer, ['flushall']],
        ['redmeter-writer', passwords.writer, ['keys', '*']],
        ['redmeter-writer', passwords.writer, ['set', 'session:1', 'x']],
        ['redmeter-writer', passwords.writer, ['config', 'get', '*']],
        ['redmeter-reader', passwords.reader, ['flushall']],
        ['redmeter-reader', passwords.reader, ['set', 'metrics:gauge:x', '1']],
        ['redmeter-reader', passwords.reader, ['get', 'session:1']],
        ['redmeter-reader', passwords.reader, ['del', 'metrics:gauge:x']],
      ])('%s may not do what it has no need of (%s, %j)', async (user, password, [name = '', ...args]) => {
        const redis = client(user, password);
        await expect(redis.call(name, ...args)).rejects.toThrow('NOPERM');
        redis.disconnect();
      });
    });

    it(
      'keeps what Redis holds when its container is killed',
      async () => {
        const before = await recordedJoins();
        expect(before).toBeGreaterThan(0);
        const { Id } = await project.container('redis');
        // A command is in the append-only file before its reply is out; only the machine's own crash could lose it.
        await project.docker('kill', '--signal', 'KILL', Id);
        await project.docker('start', Id);
        await project.untilHealthy(['redis'], 120_000);
        await waitFor(async () => (await recordedJoins()) === before, 'the joins are there again');
      },
      testTimeoutMs,
    );

    it(
      'writes what the store recorded last when it is stopped',
      async () => {
        const before = await recordedJoins();
        for (let i = 0; i < 5; i += 1) await curl('curl -s http://localhost:5050/api/store/join');
        await project.compose('stop', 'app');
        expect(await recordedJoins()).toBe(before + 5);
        expect((await project.container('app')).State.ExitCode).toBe(0);
        await project.compose('up', '-d', 'app');
        await project.untilHealthy(['app'], 120_000);
      },
      testTimeoutMs,
    );

    (isImageAvailable(images.k6) ? it : it.skip)(
      'puts the store under load in the profile of that name',
      async () => {
        const before = await recordedJoins();
        const output = await project.compose('--profile', 'load', 'run', '--rm', '-T', 'load');
        expect(output).toContain('look-around');
        await waitFor(async () => (await recordedJoins()) > before, 'the load is counted');
      },
      testTimeoutMs,
    );

    it(
      'runs an experiment on the store, beside it',
      async () => {
        const redmeter = (...args: string[]): Promise<string> =>
          project.compose('run', '--rm', '-T', 'experiment', ...args);
        await project.compose('--profile', 'experiment', 'build', 'experiment');
        expect(await redmeter('hub', '-e', 'load-test')).toContain('copied load-test');
        await redmeter('run', '--run-dir', 'load-test', '--save', 'first');
        expect(await redmeter('assert', '--run-dir', 'load-test', '-c', 'completed,nofailure')).toBe(
          'completed: holds\nnofailure: holds\n',
        );
        expect(await redmeter('results', 'show', 'first')).toContain('built-in/request-count|100');
        // A script is bash's.
        await redmeter('hub', '-e', 'compare-versions');
        await redmeter('run', '--run-dir', 'compare-versions');
        expect(await redmeter('report', '--run-dir', 'compare-versions')).toContain('Experiment completed|true');
        // As a Job in Kubernetes calls it.
        const commands =
          'redmeter version && redmeter serve --help && redmeter release plan --help && command -v nginx';
        const inShell = ['--entrypoint', 'bash', 'experiment', '-c', commands];
        const printed = await project.compose('run', '--rm', '-T', ...inShell);
        expect(printed).toMatch(/^\d+\.\d+\.\d+$/m);
        expect(printed).toContain('Usage: redmeter serve [options]');
        expect(printed).toContain('Usage: redmeter release plan [options]');
      },
      // The image is built first, of three workspaces.
      2 * startTimeoutMs,
    );

    it(
      'rolls a second version out in the profile of that name',
      async () => {
        await project.compose('--profile', 'release', 'up', '-d', '--build', 'candidate', 'release');
        await project.untilHealthy(['candidate', 'release'], 120_000);
        await curl(`curl -sf http://localhost:${project.port('RELEASE_PORT')}/api/store/join`);
        const weight = 'redmeter_release_weight_percent{application="shop",version="v2"}';
        await waitFor(async () => ((await prometheus.value(weight)) ?? 0) > 0, 'the second version has users');
        const { Id } = await project.container('release');
        const status = await project.docker('exec', Id, 'cat', '/proc/1/status');
        expect(/^Uid:\s+(\d+)/m.exec(status)?.[1]).not.toBe('0');
      },
      startTimeoutMs,
    );

    it(
      'leaves nothing behind when it is taken down',
      async () => {
        await project.compose('--profile', 'experiment', '--profile', 'release', 'down', '--volumes');
        const label = `label=com.docker.compose.project=${project.name}`;
        expect(await project.docker('ps', '-aq', '--filter', label)).toBe('');
        expect(await project.docker('volume', 'ls', '-q', '--filter', label)).toBe('');
        expect(await project.docker('network', 'ls', '-q', '--filter', label)).toBe('');
      },
      testTimeoutMs,
    );
  });
}
