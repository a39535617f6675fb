import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { freePorts } from '@redmeter/test-servers';
import { temporaryFolder } from '@redmeter/test-servers/jest';
import { parse } from 'yaml';
import { startTestStack, type TestStack } from './test-stack.js';

const command = resolve(__dirname, '../../packages/experiment/bin/redmeter.mjs');
const storeProgram = resolve(__dirname, '../../app/dist/main.js');
const hub = resolve(__dirname, '../../packages/experiment/hub');

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({ storeEnvironment: { HANDLER_DELAY_MS: '5' } });
});
afterAll(async () => {
  await stack.stop();
});

async function redmeter(cwd: string, ...argv: string[]): Promise<{ code: number | null; printed: string }> {
  const child = spawn(process.execPath, [command, ...argv], {
    cwd,
    env: { ...process.env, REDIS_READER_PASSWORD: stack.settings.passwords.reader },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, printed };
}

/** Copies a sample beside this stack: the samples name the ports of `npm start`. */
async function copySample(name: string, change: (text: string) => string = (text) => text): Promise<string> {
  const parent = temporaryFolder();
  expect(await redmeter(parent, 'hub', '-e', name)).toMatchObject({ code: 0 });
  const file = join(parent, name, 'experiment.yaml');
  const { ports } = stack.settings;
  const text = change(await readFile(file, 'utf8'));
  await writeFile(
    file,
    text
      .replaceAll('localhost:5050', `127.0.0.1:${ports.store}`)
      .replaceAll('localhost:6379', `127.0.0.1:${ports.redis}`)
      .replaceAll('localhost:9090', `127.0.0.1:${ports.prometheus}`),
  );
  return join(parent, name);
}

/** Runs `use` while a second store, of another version, answers at the address it is given. */
async function besideVersion<T>(variables: Record<string, string>, use: (address: string) => Promise<T>): Promise<T> {
  const { store: port } = await freePorts('store');
  const { ports, passwords } = stack.settings;
  const child = spawn(process.execPath, [storeProgram], {
    env: {
      ...process.env,
      PORT: String(port),
      HANDLER_DELAY_MS: '5',
      REDIS_URL: `redis://redmeter-writer:${passwords.writer}@127.0.0.1:${ports.redis}`,
      ...variables,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  try {
    let log = '';
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      log += chunk.toString();
      if (log.includes('the store is open')) return await use(`127.0.0.1:${port}`);
    }
    throw new Error(`the second store ended: ${log}`);
  } finally {
    child.kill('SIGTERM');
    await closed;
  }
}

/** Starts the server that the sample for gRPC brings along; gives its address. */
async function startGreeter(): Promise<{ address: string; stop: () => Promise<void> }> {
  const child = spawn(process.execPath, [join(hub, 'load-test-grpc/greeter.mjs')], {
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  const [line] = (await Promise.race([once(child.stdout, 'data'), ended])) as [unknown];
  const address = /^listening on (\S+)/.exec(String(line))?.[1];
  if (address === undefined) throw new Error(`expected the greeter to listen, got ${String(line)}`);
  return {
    address,
    stop: async () => {
      child.kill();
      await ended;
    },
  };
}

describe('the sample for gRPC, against its own server', () => {
  it('runs, satisfies its SLOs and reports', async () => {
    const greeter = await startGreeter();
    try {
      const sample = await copySample('load-test-grpc', (text) => text.replace('127.0.0.1:50051', greeter.address));
      expect(await redmeter(sample, 'run')).toMatchObject({ code: 0 });
      const asserted = await redmeter(sample, 'assert', '-c', 'completed', '-c', 'nofailure', '-c', 'slos');
      const { printed } = await redmeter(sample, 'report');
      expect([asserted.code, printed]).toEqual([0, expect.stringMatching(/grpc\/request-count\|200\n/)]);
    } finally {
      await greeter.stop();
    }
  });
});

/** Makes the store fail once. */
async function failOnce(): Promise<void> {
  const { status } = await fetch(`http://127.0.0.1:${stack.settings.ports.store}/api/store/error`);
  expect(status).toBe(500);
}

async function insightsOf(sample: string): Promise<StoredResult['insights']> {
  return (parse(await readFile(join(sample, 'result.yaml'), 'utf8')) as StoredResult).insights;
}

interface StoredResult {
  insights: {
    loads: { 'built-in': { requests: number; latency: { meanMs: number; maxMs: number } } }[];
    metricValues: Record<string, number>[];
    skippedMetrics: unknown[];
  };
}

describe('slo-from-prometheus, against the real one', () => {
  it('runs, finds every metric of its template, counts this run alone, and satisfies its SLOs', async () => {
    const sample = await copySample('slo-from-prometheus', (text) =>
      text
        .replace('duration: 20s', 'duration: 10s')
        .replace(`selector: endpoint="join"`, `selector: 'endpoint=~"join|error"'`),
    );
    // An error of before, which Prometheus will see only as the run begins.
    await failOnce();
    expect(await redmeter(sample, 'run')).toMatchObject({ code: 0 });
    const insights = await insightsOf(sample);
    const { requests, latency } = insights.loads[0]?.['built-in'] ?? { requests: 0, latency: { meanMs: 0, maxMs: 0 } };
    expect(insights.skippedMetrics).toEqual([]);
    const [values = {}] = insights.metricValues;
    expect(Object.keys(values).sort()).toEqual(
      [
        'error-count',
        'error-rate',
        'latency/count',
        'latency/p50.0',
        'latency/p95.0',
        'latency/p99.0',
        'mean-latency',
        'p95',
        'request-count',
      ].map((name) => `prometheus/${name}`),
    );
    expect(values['prometheus/error-count']).toBe(0);
    // An increase is extrapolated to the ends of its time; a mean of two is not.
    expect(values['prometheus/request-count']).toBeGreaterThan(requests / 2);
    expect(values['prometheus/request-count']).toBeLessThan(requests * 2);
    // What the store measures of an answer is a part of what its client waits.
    expect(values['prometheus/mean-latency']).toBeGreaterThan(0);
    expect(values['prometheus/mean-latency']).toBeLessThanOrEqual(latency.meanMs * 1.5);
    expect(values['prometheus/p95']).toBeGreaterThan(0);
    const asserted = await redmeter(sample, 'assert', '-c', 'completed', '-c', 'nofailure', '-c', 'slos');
    const report = await redmeter(sample, 'report');
    expect([asserted.code, asserted.printed, report.code]).toEqual([0, expect.any(String), 0]);

    // An error of the run, in a loop that adds up.
    const file = join(sample, 'experiment.yaml');
    const fail = `- run: curl -s http://127.0.0.1:${stack.settings.ports.store}/api/store/error\n`;
    await writeFile(
      file,
      (await readFile(file, 'utf8')).replace('# task 2', () => `${fail}# task 2`),
    );
    expect(await redmeter(sample, 'run', '--reuse-result')).toMatchObject({ code: 0 });
    const [both = {}] = (await insightsOf(sample)).metricValues;
    expect(both['prometheus/error-count']).toBeGreaterThan(0.5);
    expect(both['prometheus/request-count']).toBeGreaterThan((values['prometheus/request-count'] ?? 0) * 1.5);
    expect((await redmeter(sample, 'assert', '-c', 'slos')).code).toBe(1);
  }, 240_000);
});

describe('slo-from-redis, against the store', () => {
  it('counts this run alone, and shows the load and the server side by side', async () => {
    // All endpoints, so that the one that fails is among them.
    const sample = await copySample('slo-from-redis', (text) => text.replace('      endpoint: join\n', ''));
    await failOnce();
    await failOnce();
    expect(await redmeter(sample, 'run')).toMatchObject({ code: 0 });
    const [values = {}] = (await insightsOf(sample)).metricValues;
    expect(values).toMatchObject({
      'redis/request-count': 200,
      'redis/error-count': 0,
      'redis/error-rate': 0,
      'redis/latency/count': 200,
    });
    const asserted = await redmeter(sample, 'assert', '-c', 'completed', '-c', 'nofailure', '-c', 'slos');
    const { printed } = await redmeter(sample, 'report');
    expect([asserted.code, printed]).toEqual([
      0,
      expect.stringMatching(/built-in\/p95 <= 500\|true[^]*redis\/latency\/p95 <= 500 \(95 % sure\)\|true/),
    ]);

    const file = join(sample, 'experiment.yaml');
    const fail = `- run: curl -s http://127.0.0.1:${stack.settings.ports.store}/api/store/error\n`;
    await writeFile(
      file,
      (await readFile(file, 'utf8')).replace('# task 2', () => `${fail}# task 2`),
    );
    expect(await redmeter(sample, 'run')).toMatchObject({ code: 0 });
    const [again = {}] = (await insightsOf(sample)).metricValues;
    expect(again).toMatchObject({ 'redis/request-count': 201, 'redis/error-count': 1 });
    expect((await redmeter(sample, 'assert', '-c', 'slos')).code).toBe(1);
  }, 180_000);
});

describe('the samples of the hub, against the store', () => {
  it.each(['load-test', 'compare-versions'])('%s runs, satisfies its SLOs and reports', async (name) => {
    const sample = await copySample(name);
    expect(await redmeter(sample, 'run')).toMatchObject({ code: 0 });
    const report = await redmeter(sample, 'report');
    const asserted = await redmeter(sample, 'assert', '-c', 'completed', '-c', 'nofailure', '-c', 'slos');
    expect([asserted.code, asserted.printed, report.printed]).toEqual([0, expect.any(String), expect.any(String)]);
  });

  it.each([
    ['slower than the limit', { STORE_EXTRA_DELAY_MS: '600' }, /built-in\/p95.* 500.*false/],
    ['failing', { STORE_ERROR_RATE: '0.1' }, /built-in\/error-rate.* 0.*false/],
  ])('load-test says so of a version that is %s', async (_, variables, violated) => {
    await besideVersion({ STORE_VERSION: 'v2', ...variables }, async (address) => {
      const sample = await copySample('load-test', (text) =>
        text.replaceAll('localhost:5050', address).replace('numRequests: 100', 'numRequests: 20'),
      );
      expect(await redmeter(sample, 'run')).toMatchObject({ code: 0 });
      expect((await redmeter(sample, 'report')).printed).toMatch(violated);
      expect((await redmeter(sample, 'assert', '-c', 'completed', '-c', 'nofailure')).code).toBe(0);
      expect((await redmeter(sample, 'assert', '-c', 'slos')).code).toBe(1);
    });
  });

  it('compare-versions satisfies the first version and not a second one that fails and is slower', async () => {
    await besideVersion({ STORE_EXTRA_DELAY_MS: '40', STORE_ERROR_RATE: '0.05' }, async (address) => {
      const sample = await copySample('compare-versions', (text) => {
        const second = text.lastIndexOf('localhost:5050');
        return text.slice(0, second) + text.slice(second).replace('localhost:5050', address);
      });
      const run = await redmeter(sample, 'run');
      expect([run.code, run.printed]).toEqual([0, expect.not.stringContaining('version 1 satisfies all SLOs')]);
      const assert = async (condition: string): Promise<number | null> =>
        (await redmeter(sample, 'assert', '-c', condition)).code;
      expect([await assert('slosby=0'), await assert('slosby=1'), await assert('slos')]).toEqual([0, 1, 1]);
      const { printed } = await redmeter(sample, 'report');
      expect(printed).toMatch(/mean-latency/);
    });
  });
});
