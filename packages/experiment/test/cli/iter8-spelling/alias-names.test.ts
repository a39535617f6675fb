import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { greeterProto, startGrpcServer } from '../../servers/grpc-test-server.js';
import { startHttpServer } from '../../servers/http-test-server.js';
import { makeCommandFolder, type CommandFolder } from '../command-run.js';

// Names of metrics that Iter8 0.8.29 to 0.8.34 had for those of loads.
let folder: CommandFolder;
const closings: (() => Promise<void>)[] = [];
beforeEach(() => {
  folder = makeCommandFolder();
});
afterEach(async () => {
  for (const close of closings.splice(0)) await close();
});

const HTTP = ['built-in/http-error-rate', 'built-in/http-latency-p95', 'built-in/http-latency-mean'];
const GRPC = ['built-in/grpc-error-rate', 'built-in/grpc-latency/p95', 'built-in/grpc-latency/mean'];

async function httpLoad(): Promise<object> {
  const server = await startHttpServer((_request, response) => response.end('ok'));
  closings.push(() => server.close());
  return { task: 'http', with: { url: server.url, qps: 0, numRequests: 40 } };
}

async function grpcLoad(): Promise<object> {
  const server = await startGrpcServer();
  closings.push(() => server.close());
  await copyFile(greeterProto, join(folder.path, 'greeter.proto'));
  const call = { host: server.host, call: 'helloworld.Greeter.SayHello', proto: 'greeter.proto' };
  return { task: 'grpc', with: { ...call, total: 40, concurrency: 4 } };
}

describe.each([
  ['HTTP', HTTP, httpLoad],
  ['gRPC', GRPC, grpcLoad],
] as const)('older names of the metrics of a load over %s', (_name, metrics, load) => {
  const [errorRate = '', p95 = '', mean = ''] = metrics;
  const assess = {
    SLOs: [
      { metric: errorRate, upperLimit: 0 },
      { metric: p95, upperLimit: 60_000 },
      { metric: mean, upperLimit: 60_000 },
    ],
    rewards: { min: [mean], winner: 'point' },
  };

  it.each(['text', 'html', 'markdown', 'junit'])(
    'have the same form in a report as %s as in the spec',
    async (form) => {
      await folder.write('experiment.yaml', stringify([await load(), { task: 'assess', with: assess }]));
      const { code } = await folder.run('run');
      expect(code).toBe(0);
      expect((await folder.run('assert', '-c', 'slos')).code).toBe(0);
      const { out } = await folder.run('report', '-o', form);
      const shown = out.replaceAll('&lt;', '<').replaceAll('\\', '');
      for (const metric of [errorRate, p95, mean]) expect(shown).toContain(`${metric} <= `);
      if (form !== 'junit') expect(shown).toContain(`min ${mean}`);
    },
  );

  it('have the same form in --json as in the spec', async () => {
    await folder.write('experiment.yaml', stringify([await load(), { task: 'assess', with: assess }]));
    const { insights } = JSON.parse((await folder.run('run', '--json')).out) as {
      insights: { slos: { metric: string }[]; rewards: { metric: string }[]; verdicts: { state: string }[][] };
    };
    expect(insights.slos.map(({ metric }) => metric)).toEqual([errorRate, p95, mean]);
    expect(insights.rewards.map(({ metric }) => metric)).toEqual([mean]);
    expect(insights.verdicts.flat().map(({ state }) => state)).toEqual(['satisfied', 'satisfied', 'satisfied']);
    expect((await folder.run('assert', '-c', 'slos', '--json')).code).toBe(0);
  });
});
