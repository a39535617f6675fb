import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { stringify } from 'yaml';
import { latencyPercentileMs } from '../../../src/result/latency-percentile.js';
import { serviceTimeOf, type LoadSummary } from '../../../src/result/load-summary.js';
import type { SloVerdict } from '../../../src/result/slo-verdict.js';
import { parseResult } from '../../../src/spec/result-text.js';
import { makeCommandFolder, type CommandFolder } from '../../cli/command-run.js';
import { startGrpcServer } from '../../servers/grpc-test-server.js';
import { startHttpServer } from '../../servers/http-test-server.js';
import { percentileOf, StallingGate, type PlannedStall } from '../../servers/stalling-gate.js';

const closings: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closings.splice(0)) await close();
});

type Run = {
  readonly load: LoadSummary;
  readonly verdicts: readonly SloVerdict['state'][];
  readonly reasons: readonly (string | undefined)[];
  readonly report: string;
  /** The longest that the event loop of generator and server stood still. */
  readonly standstillMs: number;
};

/** Runs one load task and judges it. */
async function run(spec: { task: string; with: object; slos: object; object?: boolean }): Promise<Run> {
  const folder: CommandFolder = makeCommandFolder();
  const tasks = [
    { task: spec.task, with: spec.with },
    { task: 'assess', with: { SLOs: spec.slos } },
  ];
  await folder.write('experiment.yaml', stringify(spec.object === true ? { spec: tasks } : tasks));
  const loopDelay = monitorEventLoopDelay();
  loopDelay.enable();
  const { code, err } = await folder.run('run');
  loopDelay.disable();
  if (code !== 0) throw new Error(err);
  const { insights } = parseResult(await readFile(join(folder.path, 'result.yaml'), 'utf8'), 'result.yaml');
  const [load] = Object.values(insights?.loads[0] ?? {});
  if (load === undefined) throw new Error('expected a load');
  const verdicts = (insights?.verdicts ?? []).map(([verdict]) => verdict);
  return {
    load,
    verdicts: verdicts.map((verdict) => verdict?.state ?? 'inconclusive'),
    reasons: verdicts.map((verdict) => verdict?.reason),
    report: (await folder.run('report')).out,
    standstillMs: loopDelay.max / 1e6,
  };
}

async function serveHttp(gate: StallingGate): Promise<string> {
  const server = await startHttpServer((_request, response) => gate.pass(() => response.end('ok')));
  closings.push(() => server.close());
  return server.url;
}

const SLOS = { upper: [{ metric: 'built-in/p95', limit: 100, confidence: 0.95 }] };
const RATE = 50;

describe('latencies under stalls', () => {
  const once = [{ atMs: 3000, forMs: 2000 }];
  const bursts = [500, 3000].map((atMs) => ({ atMs, forMs: 1000 }));
  const atTheEnd = [{ atMs: 4500, forMs: 1500 }];
  const scenarios: [name: string, protocol: 'http' | 'grpc', stalls: PlannedStall[], seconds: number][] = [
    ['one of two seconds', 'http', once, 10],
    ['one of two seconds, over gRPC', 'grpc', once, 10],
    ['bursts', 'http', bursts, 5],
    ['bursts, over gRPC', 'grpc', bursts, 5],
    ['one at the end, which the load outlives', 'http', atTheEnd, 5],
  ];
  const runs = new Map<string, { run: Run; gate: StallingGate }>();

  async function runHttp(gate: StallingGate, duration: string): Promise<Run> {
    const url = await serveHttp(gate);
    return run({ task: 'http', with: { url, qps: RATE, duration }, slos: SLOS });
  }

  async function runGrpc(gate: StallingGate, duration: string): Promise<Run> {
    const server = await startGrpcServer({ reflection: 'v1', hold: gate.pass });
    closings.push(() => server.close());
    const call = { host: server.host, call: 'helloworld.Greeter/SayHello', concurrency: 4 };
    return run({ task: 'grpc', with: { ...call, rps: RATE, duration }, slos: SLOS });
  }

  // Some at the same time: they wait for servers, not for the processor.
  beforeAll(async () => {
    for (const together of [scenarios.slice(0, 2), scenarios.slice(2)]) {
      await Promise.all(
        together.map(async ([name, protocol, stalls, seconds]) => {
          const gate = new StallingGate(stalls);
          const result = await (protocol === 'http' ? runHttp : runGrpc)(gate, `${seconds}s`);
          runs.set(name, { run: result, gate });
        }),
      );
    }
  });

  it.each(scenarios)('are those of an open loop: %s', (name, _protocol, _stalls, seconds) => {
    const found = runs.get(name);
    if (found === undefined) throw new Error(`expected a run of ${name}`);
    const { run, gate } = found;
    const reference = gate.openLoopLatenciesMs(RATE, RATE * seconds);
    expect(run.load).toMatchObject({ requests: RATE * seconds, errors: 0, latencyFrom: 'due' });
    // A machine that lets nothing run for a while holds up sends, the server and what receives its answers.
    const standstillMs = 3 * Math.max(run.standstillMs, run.load.lateSends?.generator.maxMs ?? 0);
    for (const percent of [95, 99]) {
      const expected = percentileOf(reference, percent);
      const measured = latencyPercentileMs(run.load.latency, percent) ?? Number.NaN;
      expect(Math.abs(measured - expected)).toBeLessThanOrEqual(0.05 * expected + standstillMs);
    }
    // The server answered nearly all at once.
    const serviceMs = latencyPercentileMs(serviceTimeOf(run.load), 90) ?? Number.NaN;
    expect(serviceMs).toBeLessThan(percentileOf(reference, 99) / 2 + standstillMs);
  });

  it('violate an SLO, and the report shows why', () => {
    const { verdicts, report, load } = runs.get('one of two seconds')?.run ?? {};
    expect(verdicts).toEqual(['violated']);
    expect(load?.lateSends?.waiting.count).toBeGreaterThan(0);
    expect(report).toMatch(
      /built-in: \d+ of 500 requests waited for a free connection \(\d+ ms on average, \d+ ms at most\);/,
    );
    expect(report).toMatch(
      /built-in: service time, from send to answer: p50 \d+\.\d\d, p95 \d+\.\d\d, p99 \d+\.\d\d \(msec\)/,
    );
    expect(report).toMatch(/built-in\/service-time-p95\.0\|\d+\.\d\d \(msec\)/);
  });
});

describe('where latencies count from', () => {
  const stalls = [{ atMs: 1000, forMs: 1000 }];
  const inputs = { qps: RATE, duration: '3s' };

  it.concurrent.each([
    ['http', false, {}, 'due'],
    ['gen-load-and-collect-metrics-http', true, {}, 'due'],
    ['gen-load-and-collect-metrics-http', false, {}, 'send'],
    ['gen-load-and-collect-metrics', false, { latencyFrom: 'due' }, 'due'],
    ['http', true, { latencyFrom: 'send' }, 'send'],
  ] as const)('is for %s (in spec: %s) with %j: %s', async (task, object, own, latencyFrom) => {
    const url = await serveHttp(new StallingGate(stalls));
    // Of 150 requests 30 are due more than 400 ms before the server goes on; p90 allows 15.
    const slos = { upper: [{ metric: 'built-in/p90', limit: 400 }] };
    const result = await run({ task, with: { url, ...inputs, ...own }, slos, object });
    expect(result.load.latencyFrom).toBe(latencyFrom);
    // Seen from the send nearly all is well, which the late sends put in doubt.
    expect(result.verdicts).toEqual([latencyFrom === 'due' ? 'violated' : 'inconclusive']);
    if (latencyFrom === 'due') return;
    expect(result.reasons[0]).toMatch(/^late sends could change it: \d+ requests were sent late/);
    expect(result.report).toContain('latencies count from the send and do not include that wait');
  });

  it('is the send without a rate', async () => {
    const url = await serveHttp(new StallingGate([]));
    const { load } = await run({ task: 'http', with: { url, qps: 0, numRequests: 50 }, slos: SLOS });
    expect(load.latencyFrom).toBe('send');
    expect([load.serviceTime, load.lateSends]).toEqual([undefined, undefined]);
  });
});

describe('a verdict that late sends could change', () => {
  it('is inconclusive when the load generator itself was late', async () => {
    const server = await startHttpServer((_request, response) => response.end('ok'));
    closings.push(() => server.close());
    let received = 0;
    server.server.on('request', () => {
      received += 1;
      if (received !== 50) return;
      // Generator and server share a process; no request is under way for long.
      const endMs = performance.now() + 2000;
      setImmediate(() => {
        while (performance.now() < endMs);
      });
    });
    const inputs = { url: server.url, qps: RATE, duration: '4s' };
    const limits = {
      upper: [
        // Of 200 requests 70 are due more than 600 ms before the standstill ends; p75 allows 50.
        { metric: 'built-in/p75', limit: 600 },
        { metric: 'built-in/error-rate', limit: 0 },
      ],
    };
    const { load, verdicts, reasons, report } = await run({ task: 'http', with: inputs, slos: limits });
    // How many requests were late depends on how fast the machine catches up; the verdict proves that they were enough.
    expect(load.lateSends?.generator.count).toBeGreaterThan(0);
    expect(latencyPercentileMs(load.latency, 75)).toBeLessThan(600);
    expect(verdicts).toEqual(['inconclusive', 'satisfied']);
    expect(reasons[0]).toMatch(
      /^late sends could change it: .*\d+ requests were late because of the load generator itself/,
    );
    expect(report).toMatch(/\d+ of 200 requests were late because of the load generator itself/);
  });

  it('is inconclusive when requests were never sent', async () => {
    let received = 0;
    const server = await startHttpServer((_request, response) => {
      received += 1;
      if (received <= 20) response.end('ok');
    });
    closings.push(() => server.close());
    const inputs = { url: server.url, qps: 50, duration: '1s', timeout: '1500ms', connections: 2 };
    const { load, verdicts, reasons, report } = await run({
      task: 'http',
      with: inputs,
      slos: { upper: [{ metric: 'built-in/p95', limit: 10_000 }] },
    });
    expect(load.lateSends?.unsent).toBeGreaterThan(0);
    expect(load.requests + (load.lateSends?.unsent ?? 0)).toBe(50);
    expect(verdicts).toEqual(['inconclusive']);
    expect(reasons[0]).toMatch(/^late sends could change it: \d+ requests were due and never sent/);
    expect(report).toMatch(/\d+ more requests were due and never sent/);
  });
});
