import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Insights } from '../../src/result/experiment-result.js';
import { parseResult } from '../../src/spec/result-text.js';
import { makeCommandFolder, type CommandFolder } from '../cli/command-run.js';
import { greeterProto, startGrpcServer } from '../servers/grpc-test-server.js';
import { startHttpServer } from '../servers/http-test-server.js';

jest.setTimeout(120_000);

const PLANNED = 3000;
// What is sent as fast as it can must last until the first checks.
const MANY = 15_000;
// One in so many fails: at the limit of 5 % exactly, which no number of requests decides.
const BORDERLINE = 20;

let folder: CommandFolder;
const closings: (() => Promise<void>)[] = [];
beforeEach(async () => {
  folder = makeCommandFolder();
  await copyFile(greeterProto, join(folder.path, 'greeter.proto'));
});
afterEach(async () => {
  for (const close of closings.splice(0)) await close();
});

/** A server of which each request fails, none, or one in twenty. */
async function serveHttp(failsEvery: number): Promise<string> {
  let received = 0;
  const server = await startHttpServer((_request, response) => {
    received += 1;
    response.writeHead(received % failsEvery === 0 ? 500 : 200).end();
  });
  closings.push(() => server.close());
  return server.url;
}

const shown = (count: number): string => count.toLocaleString('en-US');

type Judged = { insights: Insights | undefined; err: string; report: string };

async function run(load: object, assess: object): Promise<Judged> {
  await folder.write('experiment.yaml', stringify([load, { task: 'assess', with: assess }]));
  const { code, err } = await folder.run('run');
  if (code !== 0) throw new Error(err);
  const { insights } = parseResult(await readFile(join(folder.path, 'result.yaml'), 'utf8'), 'result.yaml');
  return { insights, err, report: (await folder.run('report')).out };
}

const slos = (group: string) => ({
  SLOs: { upper: [{ metric: `${group}/error-rate`, limit: 0.05, confidence: 0.95 }] },
  stop: 'early',
});

const loads: [name: string, group: string, planned: number, load: (failsEvery: number) => Promise<object>][] = [
  [
    'HTTP',
    'built-in',
    MANY,
    async (failsEvery) => ({ task: 'http', with: { url: await serveHttp(failsEvery), qps: 0, numRequests: MANY } }),
  ],
  [
    'HTTP at a rate',
    'built-in',
    PLANNED,
    async (failsEvery) => ({
      task: 'http',
      with: { url: await serveHttp(failsEvery), qps: 1000, numRequests: PLANNED },
    }),
  ],
  [
    'HTTP by worker threads',
    'built-in',
    2 * PLANNED,
    async (failsEvery) => ({
      task: 'http',
      with: { url: await serveHttp(failsEvery), qps: 800, numRequests: 2 * PLANNED, threads: 2 },
    }),
  ],
  [
    'gRPC',
    'grpc',
    PLANNED,
    async (failsEvery) => {
      const server = await startGrpcServer();
      closings.push(() => server.close());
      const data = Array.from({ length: Math.min(failsEvery, BORDERLINE) }, (_, index) => ({
        name: (index + 1) % failsEvery === 0 ? 'nobody' : 'Ann',
      }));
      const call = { host: server.host, call: 'helloworld.Greeter/SayHello', proto: 'greeter.proto', data };
      return { task: 'grpc', with: { ...call, total: PLANNED, concurrency: 5 } };
    },
  ],
];

describe.each(loads)('a load over %s with stop: early', (_name, group, planned, load) => {
  it.each([
    ['good', Infinity, 'satisfied'],
    ['bad', 1, 'violated'],
  ])('ends when it is certain that the server is %s', async (_server, failsEvery, state) => {
    const { insights, err, report } = await run(await load(failsEvery), slos(group));
    const found = insights?.loads[0]?.[group];
    expect(found?.requests).toBeLessThan(planned);
    expect(found?.failures).toEqual({});
    expect(found?.lateSends?.unsent ?? 0).toBe(0);
    expect(insights?.verdicts[0]?.[0]).toMatchObject({ state, interval: { isForEveryLook: true } });
    expect(insights?.looks).toMatchObject({ validity: 'every look', plannedSizes: [{ [group]: planned }] });
    const reason = `ended after ${shown(found?.requests ?? 0)} of ${shown(planned)} requests, since it is certain that ${group}/error-rate <= 0.05 (95 % sure) is ${state} (stop: early)`;
    expect(found?.earlyEnd).toEqual({ plannedSize: planned, reason });
    expect(err).toContain(`version 0 ${group}: ${reason}`);
    expect(report).toContain(reason);
    expect((await folder.run('assert', '-c', 'decided')).code).toBe(0);
  });

  it('goes to its end against a server that is neither', async () => {
    const { insights, report } = await run(await load(BORDERLINE), slos(group));
    expect(insights?.loads[0]?.[group]).toMatchObject({ requests: planned, earlyEnd: { plannedSize: planned } });
    expect(insights?.loads[0]?.[group]?.earlyEnd?.reason).toBeUndefined();
    expect(insights?.verdicts[0]?.[0]?.state).toBe('inconclusive');
    expect(report).not.toContain('ended after');
  });
});

describe('stop: early', () => {
  it('does not take for fast what answers first', async () => {
    // Half of the requests take longer than the limit; all that ended early were fast.
    let received = 0;
    const server = await startHttpServer((_request, response) => {
      received += 1;
      if (received % 2 === 0) setTimeout(() => response.end(), 1500);
      else response.end();
    });
    closings.push(() => server.close());
    const load = { task: 'http', with: { url: server.url, qps: 0, numRequests: 800, connections: 400 } };
    const assess = { SLOs: { upper: [{ metric: 'built-in/p75', limit: 1000, confidence: 0.95 }] }, stop: 'early' };
    const { insights } = await run(load, assess);
    expect(insights?.verdicts[0]?.[0]?.state).toBe('violated');
  });

  it('loads all versions that a reward compares, and shows in the plan that verdicts hold at every look', async () => {
    const url = await serveHttp(Infinity);
    const load = { task: 'http', with: { versionInfo: [{ url }, { url }], qps: 0, numRequests: 200 } };
    const assess = { ...slos('built-in'), rewards: { min: ['built-in/mean-latency'] } };
    const { insights } = await run(load, assess);
    expect(insights?.loads.map((groups) => groups['built-in']?.requests)).toEqual([200, expect.any(Number)]);
    const { out } = await folder.run('plan');
    expect(out).toMatch(/built-in\/error-rate <= 0\.05 \(95 % sure\) by 200 requests of each version.*, at every look/);
  });

  it('ends no load without a confidence', async () => {
    const load = { task: 'http', with: { url: await serveHttp(1), qps: 0, numRequests: 100 } };
    const assess = { SLOs: { upper: [{ metric: 'built-in/error-rate', limit: 0.05 }] }, stop: 'early' };
    const { insights } = await run(load, assess);
    expect(insights?.loads[0]?.['built-in']?.requests).toBe(100);
    expect(insights?.looks?.validity).toBe('one look');
  });
});
