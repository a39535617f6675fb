import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { dirname } from 'node:path';
import { k6Program, k6Source } from '../../../../load-test/test/k6.js';
import type { HttpLoadPlan } from '../../src/load/http-load-engine.js';
import { k6EngineIn } from '../../src/load/k6-engine.js';
import type { LoadCourse, RequestOutcome } from '../../src/load/load-engine.js';
import { makeCommandFolder } from '../cli/command-run.js';
import { startHttpServer, type HttpTestServer } from '../servers/http-test-server.js';
import { makeTestCertificates } from '../servers/test-certificates.js';

jest.setTimeout(60_000);

const BUILD_TIMEOUT_MS = 20 * 60_000;

const closings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closings.splice(0)) await close();
});

async function serve(...handler: Parameters<typeof startHttpServer>): Promise<HttpTestServer> {
  const server = await startHttpServer(...handler);
  closings.push(() => server.close());
  return server;
}

const source = k6Source();

// It is in the lane where k6 is there anyway; a machine that cannot have it says so aloud.
const describeK6 = source.kind === 'none' ? describe.skip : describe;

describeK6(source.kind === 'none' ? `the k6 engine WAS NOT RUN: ${source.reason}` : 'the k6 engine', () => {
  let path: string;
  beforeAll(async () => {
    const program = await k6Program(source);
    path = [dirname(program), process.env['PATH']].join(':');
  }, BUILD_TIMEOUT_MS);

  type Ended = {
    outcomes: RequestOutcome[];
    course: LoadCourse;
    statuses: number[];
    reasons: string[];
    latencies: number[];
  };

  async function load(
    plan: Partial<HttpLoadPlan> & { url: string },
    signal = new AbortController().signal,
  ): Promise<Ended> {
    const outcomes: RequestOutcome[] = [];
    const course = await k6EngineIn({ ...process.env, PATH: path, K6_ITERATIONS: '1', K6_VUS: '1' })(
      {
        method: 'GET',
        headers: {},
        connections: 4,
        ratePerSecond: null,
        limit: { kind: 'requests', count: 100 },
        timeoutMs: 5000,
        acceptsAnyCertificate: false,
        ...plan,
      },
      (outcome) => outcomes.push(outcome),
      signal,
    );
    const answers = outcomes.filter((outcome) => outcome.kind === 'answer');
    return {
      outcomes,
      course,
      statuses: answers.map(({ statusCode }) => statusCode),
      latencies: answers.map(({ latencyMs }) => latencyMs),
      reasons: outcomes.flatMap((outcome) => (outcome.kind === 'failure' ? [outcome.reason] : [])),
    };
  }

  it.each([
    [1, 4],
    [1001, 7],
  ])('sends exactly %d requests over %d connections that stay open', async (count, connections) => {
    let received = 0;
    const { url, server } = await serve((_request, response) => {
      received += 1;
      response.end('ok');
    });
    let opened = 0;
    server.on('connection', () => (opened += 1));
    const { statuses } = await load({ url, connections, limit: { kind: 'requests', count } });
    expect(statuses).toEqual(new Array<number>(count).fill(200));
    expect(received).toBe(count);
    // Its connections belong to all users: one that comes too late for an idle one opens another.
    expect(opened).toBeLessThanOrEqual(2 * connections);
  });

  it('holds a rate, and measures the server', async () => {
    const { url } = await serve((_request, response) => void setTimeout(() => response.end('ok'), 20));
    const { course, latencies, statuses } = await load({
      url,
      connections: 8,
      ratePerSecond: 100,
      limit: { kind: 'duration', durationMs: 3000 },
    });
    expect(Math.abs(statuses.length - 300)).toBeLessThanOrEqual(3);
    expect(Math.abs(course.reachedRate - 100)).toBeLessThanOrEqual(1);
    const sorted = latencies.sort((a, b) => a - b);
    expect(sorted[0]).toBeGreaterThanOrEqual(19);
    expect(sorted[150]).toBeLessThan(35);
  });

  it('sends as fast as it can for a duration, and says which rate it reached', async () => {
    const { url } = await serve((_request, response) => void setTimeout(() => response.end('ok'), 50));
    const { course, statuses } = await load({ url, connections: 2, limit: { kind: 'duration', durationMs: 1000 } });
    expect(statuses.length).toBeGreaterThan(20);
    expect(course.reachedRate).toBeLessThan(45);
  });

  it.each([[2], [null]])('sends for less than the second that k6 asks for, at a rate of %p', async (ratePerSecond) => {
    const { url } = await serve((_request, response) => void setTimeout(() => response.end('ok'), 50));
    const { statuses } = await load({ url, ratePerSecond, limit: { kind: 'duration', durationMs: 500 } });
    expect(statuses.length).toBeGreaterThanOrEqual(1);
    // Four connections at 50 ms an answer; for a whole second it would be 80.
    expect(statuses.length).toBeLessThanOrEqual(ratePerSecond === null ? 44 : 1);
  });

  it('sends method, headers and body', async () => {
    let seen = '';
    const { url } = await serve((request, response) => {
      seen = `${request.method} ${String(request.headers['x-version'])} ${request.headers['content-type']} `;
      request.on('data', (chunk: Buffer) => (seen += chunk.toString()));
      request.on('end', () => response.writeHead(503).end());
    });
    const { statuses } = await load({
      url,
      method: 'POST',
      headers: { 'X-Version': 'v2', 'Content-Type': 'application/json' },
      body: Buffer.from('{"ä":1}'),
      limit: { kind: 'requests', count: 2 },
    });
    expect([statuses, seen]).toEqual([[503, 503], 'POST v2 application/json {"ä":1}']);
  });

  it('counts requests without an answer, once each', async () => {
    const gone = await startHttpServer((_request, response) => response.end());
    await gone.close();
    const limit = { kind: 'requests', count: 5 } as const;
    expect((await load({ url: gone.url, limit })).reasons).toEqual(new Array<string>(5).fill('ECONNREFUSED'));
    const { url } = await serve(() => undefined);
    expect((await load({ url, limit, timeoutMs: 100 })).reasons).toEqual(new Array<string>(5).fill('timeout'));
  });

  it('follows redirects when asked, each request counted once', async () => {
    const { url } = await serve((request, response) => {
      if (request.url === '/there') response.end('ok');
      else setTimeout(() => response.writeHead(302, { Location: request.url === '/a/b' ? '../there' : 'b' }).end(), 20);
    });
    const limit = { kind: 'requests', count: 3 } as const;
    expect((await load({ url: `${url}/a`, limit })).statuses).toEqual([302, 302, 302]);
    const { statuses, latencies } = await load({ url: `${url}/a/x`, limit, followsRedirects: true });
    expect(statuses).toEqual([200, 200, 200]);
    for (const latencyMs of latencies) expect(latencyMs).toBeGreaterThanOrEqual(39);
    const endless = await serve((_request, response) => response.writeHead(302, { Location: '/' }).end());
    expect((await load({ url: endless.url, limit, followsRedirects: true })).reasons[0]).toBe('too many redirects');
  });

  it('trusts a TLS server by its certificate, or any when told to', async () => {
    const { url } = await serve((_request, response) => response.end(), makeTestCertificates().server);
    const limit = { kind: 'requests', count: 5 } as const;
    expect((await load({ url, limit, acceptsAnyCertificate: true })).statuses).toHaveLength(5);
    expect((await load({ url, limit })).reasons[4]).toBe('x509: unknown authority');
  });

  it('ends soon after it is aborted', async () => {
    const controller = new AbortController();
    let received = 0;
    const { url } = await serve((_request, response) => {
      received += 1;
      if (received === 5) controller.abort();
      response.end();
    });
    await load({ url, ratePerSecond: 20, limit: { kind: 'requests', count: 10_000 } }, controller.signal);
    expect(received).toBeLessThan(200);
  });

  it('is chosen by the spec', async () => {
    const { url } = await serve((_request, response) => response.end());
    const spec = `- task: http\n  with: {url: ${url}, engine: k6, qps: 0, numRequests: 20, warmupNumRequests: 5}\n`;
    const folder = await makeCommandFolder({ PATH: path });
    await folder.write('experiment.yaml', spec);
    expect((await folder.run('run')).code).toBe(0);
    expect((await folder.run('report')).out).toMatch(/built-in\/request-count\|20\n/);
    await folder.remove();
  });
});

it('says where to get k6 when there is none', async () => {
  const folder = await makeCommandFolder({ PATH: '/nowhere' });
  await folder.write('experiment.yaml', '- task: http\n  with: {url: "http://127.0.0.1:1", engine: k6}\n');
  const { code, err } = await folder.run('run');
  expect([code, err]).toEqual([
    3,
    expect.stringMatching(/engine: expected k6 on PATH, found none; install it \(https:/),
  ]);
  await folder.remove();
});
