import { afterEach, describe, expect, it } from '@jest/globals';
import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:net';
import { getEventListeners, once } from 'node:events';
import { httpEngine } from '../../../src/load/http/http-engine.js';
import type { HttpLoadPlan } from '../../../src/load/http/http-load-plan.js';
import { reachedRate } from '../../../src/load/reached-rate.js';
import type { LoadCourse, RequestOutcome } from '../../../src/load/load-engine.js';
import { startHttpServer, type HttpTestServer } from '../../servers/http-test-server.js';
import { makeTestCertificates } from '../../servers/test-certificates.js';

const closings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closings.splice(0)) await close();
});

async function serve(handler: RequestListener): Promise<HttpTestServer> {
  const server = await startHttpServer(handler);
  closings.push(() => server.close());
  return server;
}

/** A server of raw bytes: what it does with each connection is up to the test. */
async function serveRaw(onConnection: Parameters<typeof createServer>[1]): Promise<{ url: string; server: Server }> {
  const server = createServer(onConnection);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected a port');
  closings.push(async () => {
    const closed = once(server, 'close');
    server.close();
    await closed;
  });
  return { url: `http://127.0.0.1:${address.port}`, server };
}

type Ended = { outcomes: RequestOutcome[]; course: LoadCourse; statuses: number[]; reasons: string[] };

async function load(
  plan: Partial<HttpLoadPlan> & { url: string },
  signal = new AbortController().signal,
): Promise<Ended> {
  const outcomes: RequestOutcome[] = [];
  const course = await httpEngine(
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
  return {
    outcomes,
    course,
    statuses: outcomes.flatMap((outcome) => (outcome.kind === 'answer' ? [outcome.statusCode] : [])),
    reasons: outcomes.flatMap((outcome) => (outcome.kind === 'failure' ? [outcome.reason] : [])),
  };
}

describe('the HTTP engine', () => {
  it.each([
    [1, 1],
    [3, 4],
    [100, 4],
    [1001, 7],
  ])('sends exactly %d requests over %d connections', async (count, connections) => {
    let received = 0;
    const { url } = await serve((_request, response) => {
      received += 1;
      response.end('ok');
    });
    const { statuses } = await load({ url, connections, limit: { kind: 'requests', count } });
    expect(statuses).toEqual(new Array<number>(count).fill(200));
    expect(received).toBe(count);
  });

  it('keeps its connections open', async () => {
    const { url, server } = await serve((_request, response) => response.end('ok'));
    let opened = 0;
    server.on('connection', () => (opened += 1));
    await load({ url });
    expect(opened).toBe(4);
  });

  it('loses no request to a server that closes after each answer', async () => {
    let received = 0;
    const { url } = await serve((_request, response) => {
      received += 1;
      response.setHeader('Connection', 'close').end('ok');
    });
    const { statuses, reasons } = await load({ url });
    expect([statuses.length, reasons, received]).toEqual([100, [], 100]);
  });

  it('reads an answer that ends with its connection', async () => {
    const { url } = await serveRaw((socket) => {
      socket.on('error', () => socket.destroy());
      socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\n\r\nuntil the end'));
    });
    const { statuses, reasons } = await load({ url, limit: { kind: 'requests', count: 20 } });
    expect([statuses.length, reasons]).toEqual([20, []]);
  });

  it('counts a refused connection as a failure, once a request', async () => {
    const server = await startHttpServer((_request, response) => response.end());
    await server.close();
    const { outcomes, reasons } = await load({ url: server.url, limit: { kind: 'requests', count: 25 } });
    expect(outcomes).toHaveLength(25);
    expect(reasons).toEqual(new Array<string>(25).fill('ECONNREFUSED'));
  });

  it('counts a connection that closes without an answer as a failure', async () => {
    const { url } = await serveRaw((socket) => {
      socket.on('error', () => socket.destroy());
      socket.on('data', () => socket.end());
    });
    const { reasons, statuses } = await load({ url, limit: { kind: 'requests', count: 25 } });
    expect(statuses).toEqual([]);
    expect(reasons).toEqual(new Array<string>(25).fill('connection closed'));
  });

  it('does not mistake what follows half an answer', async () => {
    let connections = 0;
    const { url } = await serveRaw((socket) => {
      connections += 1;
      const isFirst = connections === 1;
      socket.on('error', () => socket.destroy());
      socket.on('data', () => {
        if (isFirst) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf');
        else socket.write('HTTP/1.1 204 No Content\r\n\r\n');
      });
    });
    const { reasons, statuses } = await load({ url, connections: 1, limit: { kind: 'requests', count: 5 } });
    expect(reasons).toEqual(['connection closed']);
    expect(statuses).toEqual([204, 204, 204, 204]);
  });

  it('takes the answer for the answer, not what comes before it', async () => {
    let received = 0;
    const { url } = await serve((_request, response) => {
      received += 1;
      response.writeEarlyHints({ link: '</style.css>; rel=preload' });
      setTimeout(() => response.end('ok'), 20);
    });
    const { outcomes, statuses } = await load({ url, limit: { kind: 'requests', count: 20 } });
    expect([statuses, received]).toEqual([new Array<number>(20).fill(200), 20]);
    const latencies = outcomes.flatMap((outcome) => (outcome.kind === 'answer' ? [outcome.serviceMs] : []));
    expect(Math.min(...latencies)).toBeGreaterThanOrEqual(19);
  });

  it('counts a connection that closes before the answer as a failure, whatever came before', async () => {
    const { url } = await serveRaw((socket) => {
      socket.on('error', () => socket.destroy());
      socket.on('data', () => socket.end('HTTP/1.1 103 Early Hints\r\n\r\n'));
    });
    const { reasons, statuses } = await load({ url, limit: { kind: 'requests', count: 10 } });
    expect([statuses, reasons]).toEqual([[], new Array<string>(10).fill('connection closed')]);
  });

  it('counts a silent server as timeouts', async () => {
    const { url } = await serve(() => undefined);
    const { reasons } = await load({ url, timeoutMs: 100, connections: 2, limit: { kind: 'requests', count: 6 } });
    expect(reasons).toEqual(new Array<string>(6).fill('timeout'));
  });

  it('leaves no listener on the signal of a run, which outlives its loads', async () => {
    const { url } = await serve((_request, response) => response.end());
    const { signal } = new AbortController();
    for (const ratePerSecond of [null, 1000]) {
      await load({ url, ratePerSecond, limit: { kind: 'requests', count: 5 } }, signal);
      expect(getEventListeners(signal, 'abort')).toEqual([]);
    }
  });

  it('does not take waiting for the next slot for a timeout', async () => {
    const { url, server } = await serve((_request, response) => response.end());
    let opened = 0;
    server.on('connection', () => (opened += 1));
    const { reasons, statuses } = await load({
      url,
      timeoutMs: 1000,
      connections: 1,
      ratePerSecond: 0.8,
      limit: { kind: 'requests', count: 3 },
    });
    expect([statuses.length, reasons, opened]).toEqual([3, [], 1]);
  });

  it('measures the server, not the generator', async () => {
    const servedMs: number[] = [];
    const { url } = await serve((_request, response) => {
      const receivedMs = performance.now();
      setTimeout(() => {
        servedMs.push(performance.now() - receivedMs);
        response.end('ok');
      }, 20);
    });
    // One connection waits most of half a second for the next slot.
    const { outcomes } = await load({
      url,
      connections: 1,
      ratePerSecond: 2,
      limit: { kind: 'requests', count: 4 },
    });
    const latencies = outcomes.flatMap((outcome) => (outcome.kind === 'answer' ? [outcome.serviceMs] : []));
    expect(Math.min(...latencies)).toBeGreaterThanOrEqual(19);
    expect(Math.min(...latencies.map((latencyMs, index) => latencyMs - (servedMs[index] ?? 0)))).toBeLessThan(250);
  });

  it('sends evenly, not in bursts', async () => {
    const receivedMs: number[] = [];
    const { url } = await serve((_request, response) => {
      receivedMs.push(performance.now());
      response.end();
    });
    const startMs = performance.now();
    await load({ url, connections: 8, ratePerSecond: 50, limit: { kind: 'requests', count: 50 } });
    // A busy machine sends late; before it is due nothing is sent. A timer may be early by a millisecond.
    const early = receivedMs.filter((atMs, index) => atMs - startMs < index * 20 - 2);
    expect([receivedMs.length, early]).toEqual([50, []]);
  });

  it('sends requests at the requested rate, no sooner and no more', async () => {
    let received = 0;
    const { url } = await serve((_request, response) => {
      received += 1;
      response.end();
    });
    const pace = { ratePerSecond: 200, limit: { kind: 'duration', durationMs: 1500 } } as const;
    const { course } = await load({ url, ...pace });
    expect(received + course.unsent).toBe(300);
    expect(course.sent).toBe(received);
    expect(course.sendingMs).toBeGreaterThanOrEqual(1490);
    // By what was sent, and by when: 299 intervals to the last request.
    expect(reachedRate(pace, course)).toBeCloseTo(((received - 1) * 1000) / course.sendingMs, 9);
    expect(reachedRate(pace, course)).toBeLessThan(201);
  });

  it('reports the reached rate if the server does not keep up', async () => {
    const { url } = await serve((_request, response) => void setTimeout(() => response.end(), 50));
    const pace = { ratePerSecond: 1000, limit: { kind: 'duration', durationMs: 1000 } } as const;
    const { course, outcomes } = await load({ url, connections: 2, ...pace });
    // Two connections at 50 ms an answer: at most 40 a second.
    expect(outcomes.length).toBeGreaterThan(2);
    expect(reachedRate(pace, course)).toBeLessThan(45);
    // It gives up what it could not send in the time of the run once more.
    expect(course.unsent).toBeGreaterThan(0);
    expect(outcomes.length + course.unsent).toBe(1000);
  });

  it('sends method, headers and body', async () => {
    const seen: { method?: string | undefined; header?: unknown; type?: unknown; body: string }[] = [];
    const { url } = await serve((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        seen.push({
          method: request.method,
          header: request.headers['x-version'],
          type: request.headers['content-type'],
          body,
        });
        response.statusCode = 201;
        response.end();
      });
    });
    const { statuses } = await load({
      url,
      method: 'POST',
      headers: { 'X-Version': 'v2', 'Content-Type': 'application/json' },
      body: Buffer.from('{"ä":1}'),
      limit: { kind: 'requests', count: 2 },
    });
    expect(statuses).toEqual([201, 201]);
    expect(seen[0]).toEqual({ method: 'POST', header: 'v2', type: 'application/json', body: '{"ä":1}' });
  });

  it.each([{ 'X-A': 's3cret\r\nX-B: c' }, { 'X-A: b\nX-B': 'c' }])(
    'sends no header that would be two: %j',
    async (headers) => {
      let received = 0;
      const { url } = await serve((_request, response) => {
        received += 1;
        response.end();
      });
      const sent = load({ url, headers, limit: { kind: 'requests', count: 1 } });
      await expect(sent).rejects.toMatchObject({ code: 'task_failed', message: expect.not.stringContaining('s3cret') });
      expect(received).toBe(0);
    },
  );

  it('does not follow redirects', async () => {
    const { url } = await serve((_request, response) => response.writeHead(302, { Location: '/elsewhere' }).end());
    const { statuses } = await load({ url, limit: { kind: 'requests', count: 5 } });
    expect(statuses).toEqual([302, 302, 302, 302, 302]);
  });

  it('ends when there are fewer requests to send than connections', async () => {
    const { url } = await serve((_request, response) => response.end());
    const limit = { kind: 'duration', durationMs: 500 } as const;
    expect((await load({ url, ratePerSecond: 2, limit })).statuses).toEqual([200]);
    expect((await load({ url, ratePerSecond: 8, connections: 50, limit })).statuses).toEqual([200, 200, 200, 200]);
  });

  it('ends when its time is over before all connections are made', async () => {
    const { url } = await serve((_request, response) => response.end());
    const { course } = await load({ url, connections: 500, limit: { kind: 'duration', durationMs: 1 } });
    expect(course.elapsedMs / 1000).toBeLessThan(30);
  });

  it('ends when it is aborted before it begins', async () => {
    const { url } = await serve((_request, response) => response.end());
    const limit = { kind: 'duration', durationMs: 500 } as const;
    const { course } = await load({ url, ratePerSecond: 2, limit }, AbortSignal.abort());
    expect(course.elapsedMs / 1000).toBeLessThan(30);
  });

  it('ends soon after it is aborted', async () => {
    const { url } = await serve((_request, response) => response.end());
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), 200);
    const { course } = await load(
      { url, ratePerSecond: 20, limit: { kind: 'requests', count: 10_000 } },
      controller.signal,
    );
    clearTimeout(timer);
    // All of it would take over eight minutes.
    expect(course.elapsedMs / 1000).toBeLessThan(30);
  });

  it('trusts a TLS server by its certificate, or any if configured', async () => {
    let received = 0;
    const server = await startHttpServer((_request, response) => {
      received += 1;
      response.end();
    }, makeTestCertificates().server);
    closings.push(() => server.close());
    const plan = { url: server.url, limit: { kind: 'requests', count: 10 } } as const;
    expect((await load({ ...plan, acceptsAnyCertificate: true })).statuses).toHaveLength(10);
    received = 0;
    const { statuses, reasons } = await load(plan);
    expect(statuses).toEqual([]);
    expect(reasons).toEqual(new Array<string>(10).fill('UNABLE_TO_VERIFY_LEAF_SIGNATURE'));
    // Nothing may be said to a stranger, not even the headers.
    expect(received).toBe(0);
  });
});
