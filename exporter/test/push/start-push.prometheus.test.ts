import { afterEach, describe, expect, it } from '@jest/globals';
import {
  freePort,
  makeCertificates,
  prometheus3,
  PrometheusClient,
  startProgram,
  startPrometheus,
  waitFor,
  type ProgramProcess,
} from '@redmeter/test-servers';
import { temporaryFolder, useRedisServer } from '@redmeter/test-servers/jest';
import { hashSync } from 'bcrypt';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PushOptions } from '../../src/push/push-options.js';
import { startTestExporter, type TestExporter } from '../test-exporter.js';
import { pushOptions } from './push-options.js';

const EXPORTER = join(__dirname, '../..');
const redis = useRedisServer();
const JOBS = 'metrics:counter:jobs_total';
const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** A Prometheus 3 whose data stay when it ends. */
interface Receiver {
  readonly url: string;
  start(): Promise<ProgramProcess>;
}

async function receiver(args: readonly string[] = [], scheme = 'http'): Promise<Receiver> {
  const folder = temporaryFolder();
  const port = await freePort();
  writeFileSync(join(folder, 'prometheus.yaml'), '{}');
  const all = [
    `--config.file=${join(folder, 'prometheus.yaml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--web.enable-remote-write-receiver',
    ...args,
  ];
  return {
    url: `${scheme}://127.0.0.1:${port}`,
    async start() {
      const program = await startProgram(prometheus3().prometheus, all, { folder, fix: 'npm test -- prometheus' });
      stops.push(async () => program.kill());
      await waitFor(() => program.output.includes('Server is ready'), 'Prometheus is ready');
      return program;
    },
  };
}

async function push(url: string, options: Partial<PushOptions> = {}): Promise<TestExporter> {
  const exporter = await startTestExporter(redis.url, {
    push: pushOptions({ url: `${url}/api/v1/write`, intervalMs: 500, ...options }),
  });
  stops.unshift(async () => exporter.stop(0));
  return exporter;
}

async function own(exporter: TestExporter, name: string): Promise<number> {
  const line = (await exporter.metrics()).split('\n').find((one) => one.startsWith(`redmeter_push_${name} `));
  return Number(line?.split(' ').at(-1));
}

const errorsOf = ({ log }: TestExporter): string[] => log.filter((line) => line.startsWith('error'));
const isWritten = async (exporter: TestExporter): Promise<boolean> =>
  (await own(exporter, 'last_success_timestamp_seconds')) > 0;

it('no count is lost while Prometheus is down, and little is kept', async () => {
  const prometheus = await receiver();
  const client = new PrometheusClient(prometheus.url);
  const count = async (): Promise<number | undefined> => client.value('jobs_total');
  const running = await prometheus.start();
  await redis.client.set(JOBS, '5');
  const exporter = await push(prometheus.url);
  await waitFor(async () => isWritten(exporter), 'it is pushed');
  expect(await count()).toBe(5);

  await running.kill();
  for (const value of [20, 30, 42]) {
    await redis.client.set(JOBS, String(value));
    const dropped = await own(exporter, 'dropped_samples_total');
    await waitFor(async () => (await own(exporter, 'dropped_samples_total')) > dropped, 'a round gives place');
    expect(await own(exporter, 'pending_samples')).toBeLessThan(1000);
  }
  expect(errorsOf(exporter)).toHaveLength(1);

  await prometheus.start();
  await waitFor(async () => (await count().catch(() => undefined)) === 42, 'the count is right', 90_000);
  expect(await client.samples('jobs_total[5m]')).toEqual(expect.arrayContaining([5, 42]));
  expect(await own(exporter, 'rejected_samples_total')).toBe(0);
  await waitFor(() => exporter.log.some((line) => line.endsWith('again')), 'it says so');
  expect(errorsOf(exporter)).toHaveLength(1);
});

/** Waits until a round that began after now was dropped, or taken. */
async function nextRound(exporter: TestExporter, outcome: 'dropped' | 'taken'): Promise<void> {
  const name = outcome === 'dropped' ? 'dropped_samples_total' : 'last_success_timestamp_seconds';
  for (let i = 0; i < 2; i += 1) {
    const before = await own(exporter, name);
    await waitFor(async () => (await own(exporter, name)) > before, `a round is ${outcome}`);
  }
}

it('a series that came and went while Prometheus was down is not there, and one that it had ends', async () => {
  const prometheus = await receiver();
  const client = new PrometheusClient(prometheus.url);
  const running = await prometheus.start();
  await redis.client.mset({ [JOBS]: '5', 'metrics:gauge:depth': '1' });
  const exporter = await push(prometheus.url);
  await waitFor(async () => (await client.value('depth')) === 1, 'it is pushed');

  await running.kill();
  await redis.client.mset({
    'metrics:gauge:flash': '1',
    'metrics:histogram:blink': '{"count":1,"sum":1,"bounds":[1],"counts":[1,0]}',
  });
  await nextRound(exporter, 'dropped');
  await redis.client.del('metrics:gauge:flash', 'metrics:histogram:blink', 'metrics:gauge:depth');
  await nextRound(exporter, 'dropped');

  await prometheus.start();
  await nextRound(exporter, 'taken');
  await waitFor(async () => (await client.value('depth')) === undefined, 'the mark is pushed');
  expect(await client.value('jobs_total')).toBe(5);
  expect(await client.seriesLabels('depth')).toHaveLength(1);
  expect(await client.seriesLabels('{__name__=~"flash|blink.*"}')).toEqual([]);
  expect(await own(exporter, 'rejected_samples_total')).toBe(0);
});

it('a gauge that takes the name of a series of a histogram keeps its value, and the rest of the histogram ends', async () => {
  const prometheus = await receiver();
  const client = new PrometheusClient(prometheus.url);
  await prometheus.start();
  await redis.client.set('metrics:histogram:wait:q=a', '{"count":7,"sum":8,"bounds":[5],"counts":[3,4]}');
  // Small requests: in one request with the gauge, Prometheus would leave a mark out by itself.
  const exporter = await push(prometheus.url, { maxSamples: 10 });
  await waitFor(async () => (await client.value('wait_count{q="a"}')) === 7, 'it is pushed');
  await redis.client.multi().del('metrics:histogram:wait:q=a').set('metrics:gauge:wait_count:q=a', '3').exec();
  await waitFor(async () => (await client.value('wait_count{q="a"}')) === 3, 'the gauge is pushed');
  await nextRound(exporter, 'taken');
  expect(await client.query('{__name__=~"wait.*"}')).toMatchObject([{ labels: { __name__: 'wait_count' }, value: 3 }]);
  expect(await own(exporter, 'rejected_samples_total')).toBe(0);
  expect(errorsOf(exporter)).toEqual([]);
});

describe('a Prometheus that requires TLS and a login', () => {
  const PASSWORD = 'open-sesame';
  const start = async (): Promise<{ readonly url: string; readonly caFile: string }> => {
    const folder = temporaryFolder();
    const { caFile, certFile, keyFile } = makeCertificates(folder);
    const web = join(folder, 'web.yaml');
    writeFileSync(
      web,
      JSON.stringify({
        tls_server_config: { cert_file: certFile, key_file: keyFile },
        basic_auth_users: { redmeter: hashSync(PASSWORD, 4) },
      }),
    );
    const prometheus = await receiver([`--web.config.file=${web}`], 'https');
    await prometheus.start();
    return { url: prometheus.url, caFile };
  };

  it('is pushed to', async () => {
    const { url, caFile } = await start();
    const passwordFile = join(temporaryFolder(), 'password');
    writeFileSync(passwordFile, `${PASSWORD}\n`);
    const exporter = await push(url, { tlsCaFile: caFile, user: 'redmeter', passwordFile });
    await waitFor(async () => isWritten(exporter), 'it is pushed');
    // It takes the new one without a restart.
    writeFileSync(passwordFile, 'wrong-secret');
    await waitFor(() => errorsOf(exporter).length > 0, 'it is logged');
    expect(errorsOf(exporter)[0]).toContain('rejected samples, they are not sent again: 401');
    writeFileSync(passwordFile, PASSWORD);
    const before = await own(exporter, 'samples_total');
    await waitFor(async () => (await own(exporter, 'samples_total')) > before, 'it is pushed again');
    expect(exporter.log.join('\n')).not.toMatch(/open-sesame|wrong-secret/);
    expect(await exporter.metrics()).not.toMatch(/open-sesame|wrong-secret/);
  });

  it('is not where its certificate is of nobody known', async () => {
    const { url } = await start();
    const exporter = await push(url, { user: 'redmeter', password: PASSWORD });
    await waitFor(() => errorsOf(exporter).length > 0, 'it is logged');
    expect(errorsOf(exporter)[0]).toMatch(/certificate/);
    expect(await own(exporter, 'samples_total')).toBe(0);
  });
});

it('one that knows remote write 1.0 only is named as such', async () => {
  const old = await startPrometheus({ args: ['--web.enable-remote-write-receiver'] });
  stops.push(async () => old.stop());
  const exporter = await push(old.url);
  await waitFor(() => errorsOf(exporter).length > 0, 'it is logged');
  expect(errorsOf(exporter)).toEqual([
    `error ${old.url}/api/v1/write rejected samples, they are not sent again: expected remote write 2.0, as Prometheus 3 has it with ` +
      '--web.enable-remote-write-receiver, got 204 without x-prometheus-remote-write-samples-written',
  ]);
  expect(await own(exporter, 'samples_total')).toBe(0);
});

it('one that does not receive says how it would', async () => {
  const prometheus = await startPrometheus({ program: prometheus3().prometheus });
  stops.push(async () => prometheus.stop());
  const exporter = await push(prometheus.url);
  await waitFor(() => errorsOf(exporter).length > 0, 'it is logged');
  expect(errorsOf(exporter)[0]).toContain('404 remote write receiver needs to be enabled');
});

it('the command line pushes, and once more when it is stopped', async () => {
  execFileSync(process.execPath, [join(EXPORTER, '../node_modules/typescript/bin/tsc'), '-b', EXPORTER]);
  const prometheus = await startPrometheus({
    program: prometheus3().prometheus,
    args: ['--web.enable-remote-write-receiver'],
  });
  stops.push(async () => prometheus.stop());
  await redis.client.set(JOBS, '5');
  const args = [
    '--redis',
    redis.url,
    '--listen',
    '127.0.0.1:0',
    '--push.remote-write',
    `${prometheus.url}/api/v1/write`,
  ];
  const child = spawn(process.execPath, [join(EXPORTER, 'bin/redmeter-exporter.mjs'), ...args], {
    env: {
      PATH: process.env['PATH'],
      REDMETER_EXPORTER_PUSH_INTERVAL: '3600',
      REDMETER_EXPORTER_PUSH_LABELS: 'zone=b',
    },
  });
  const closed = once(child, 'close');
  const jobs = `jobs_total{job="redmeter-exporter",instance="${redis.url.replace('redis://', '')}",zone="b"}`;
  await waitFor(async () => (await prometheus.client.value(jobs)) === 5, 'the first push');
  await redis.client.set(JOBS, '8');
  child.kill('SIGTERM');
  expect(await closed).toEqual([0, null]);
  expect(await prometheus.client.value(jobs)).toBe(8);
});
