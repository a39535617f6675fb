import { PrometheusClient, waitFor } from '@redmeter/test-servers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { composeCommands } from './compose-command.js';
import { removeLeftovers } from './leftovers.js';
import { TestProject } from './test-project.js';

const startTimeoutMs = 300_000;
const testTimeoutMs = 300_000;
const services = ['redis', 'app', 'exporter', 'native', 'prometheus'];

/** The stack with the native exporter, under each release of Compose. */
export function testNativeStack(): void {
  describe.each(composeCommands().map((command) => [command.release, command] as const))(
    'Compose %s with the native exporter',
    (_, command) => {
      let project: TestProject;
      let prometheus: PrometheusClient;

      beforeAll(async () => {
        project = await TestProject.create(command, {
          ports: 'free',
          files: ['docker-compose.yml', 'docker-compose.native.yml'],
        });
        removeLeftovers(project.environment['DOCKER_HOST']);
        await project.compose('up', '-d', '--build', ...services);
        await project.untilHealthy(services, 120_000);
        prometheus = new PrometheusClient(`http://127.0.0.1:${project.port('PROMETHEUS_PORT')}`);
      }, startTimeoutMs);

      afterAll(async () => {
        await project.remove();
      }, testTimeoutMs);

      const metrics = async (): Promise<string> =>
        (await fetch(`http://127.0.0.1:${project.port('NATIVE_EXPORTER_PORT')}/metrics`)).text();

      it('runs it without root, without capabilities, on a file system that it cannot write, on loopback', async () => {
        const { Id, HostConfig, NetworkSettings } = await project.container('native');
        const status = await project.docker('exec', Id, 'cat', '/proc/1/status');
        expect(/^Uid:\s+(\d+)/m.exec(status)?.[1]).not.toBe('0');
        expect(/^CapEff:\s+(\w+)/m.exec(status)?.[1]).toBe('0000000000000000');
        expect(/^NoNewPrivs:\s+(\d)/m.exec(status)?.[1]).toBe('1');
        expect(HostConfig.ReadonlyRootfs).toBe(true);
        await expect(project.docker('exec', Id, 'touch', '/tmp/x')).rejects.toThrow('Read-only file system');
        expect(Object.values(NetworkSettings.Ports).flatMap((ports) => (ports ?? []).map((one) => one.HostIp))).toEqual(
          ['127.0.0.1'],
        );
      });

      it('checks its configuration and prints the metrics once in its image', async () => {
        const { Id } = await project.container('native');
        const bin = ['exec', Id, 'node', 'exporter/bin/redmeter-exporter.mjs'];
        expect(await project.docker(...bin, '--config.check')).toBe('the configuration is valid\n');
        expect(await project.docker(...bin, '--once')).toContain('\nredmeter_up 1\n');
      });

      it(
        'knows its health on another port',
        async () => {
          const { Id } = await project.container('native');
          const exec = ['exec', '-e', 'REDMETER_EXPORTER_LISTEN=127.0.0.1:9200'];
          const check = async (): Promise<boolean> =>
            project.docker(...exec, Id, 'node', 'exporter/dist/cli/health.js').then(
              () => true,
              () => false,
            );
          expect(await check()).toBe(false);
          await project.docker(...exec, '-d', Id, 'node', 'exporter/bin/redmeter-exporter.mjs');
          await waitFor(check, 'the native exporter is healthy');
        },
        testTimeoutMs,
      );

      it(
        'brings each series of the store to Prometheus once, from the native exporter alone',
        async () => {
          const join = `http://127.0.0.1:${project.port('APP_PORT')}/api/store/join`;
          for (let i = 0; i < 3; i += 1) await (await fetch(join)).text();
          const series = 'user_events{event="joined"}';
          await waitFor(async () => (await prometheus.value(series)) === 3, 'the joins reach Prometheus');
          expect(await prometheus.query(series)).toMatchObject([
            { labels: { job: 'redmeter-exporter', instance: 'redis' }, value: 3 },
          ]);
          expect(await prometheus.query('{__name__="redis_script_values"}')).toEqual([]);
          // The stock one has an interval of its own.
          await waitFor(
            async () => (await prometheus.query('redis_up')).length > 0,
            'the metrics of Redis itself reach Prometheus',
          );
          expect((await prometheus.query('redis_up')).map(({ labels }) => labels['job'])).toEqual(['redis-exporter']);
          expect(await metrics()).toContain('# TYPE api_request_duration_ms histogram\n');
        },
        testTimeoutMs,
      );

      it(
        'says that Redis is away, stays healthy, and comes back by itself',
        async () => {
          await project.compose('stop', 'redis');
          await waitFor(async () => (await metrics()).includes('\nredmeter_up 0\n'), 'redmeter_up is 0');
          expect(await metrics()).not.toContain('user_events');
          await project.compose('start', 'redis');
          await waitFor(async () => (await metrics()).includes('\nredmeter_up 1\n'), 'redmeter_up is 1');
          await project.untilHealthy(['native'], 120_000);
        },
        testTimeoutMs,
      );

      it(
        'stops within its grace period on SIGTERM',
        async () => {
          await project.compose('stop', 'native');
          expect((await project.container('native')).State.ExitCode).toBe(0);
        },
        testTimeoutMs,
      );
    },
  );
}
