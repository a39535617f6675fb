import { afterEach, describe, expect, it } from '@jest/globals';
import type { IncomingMessage, RequestListener } from 'node:http';
import type { ServerOptions } from 'node:https';
import { httpEngine } from '../../../src/load/http/http-engine.js';
import type { HttpLoadPlan } from '../../../src/load/http/http-load-plan.js';
import type { RequestOutcome } from '../../../src/load/load-engine.js';
import { startHttpServer, type HttpTestServer } from '../../servers/http-test-server.js';
import { makeTestCertificates } from '../../servers/test-certificates.js';

const closings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closings.splice(0)) await close();
});

async function serve(handler: RequestListener, tls?: ServerOptions): Promise<HttpTestServer> {
  const server = await startHttpServer(handler, tls);
  closings.push(() => server.close());
  return server;
}

/** What each request brought, read by the servers that note it. */
type Seen = { method: string | undefined; path: string | undefined; body: string; headers: IncomingMessage['headers'] };
function noteInto(seen: Seen[], answer: (request: Seen) => { status: number; location?: string }): RequestListener {
  return (request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const noted = { method: request.method, path: request.url, body, headers: request.headers };
      seen.push(noted);
      const { status, location } = answer(noted);
      response.writeHead(status, location === undefined ? {} : { Location: location }).end();
    });
  };
}

async function load(
  plan: Partial<HttpLoadPlan> & { url: string },
  signal = new AbortController().signal,
): Promise<RequestOutcome[]> {
  const outcomes: RequestOutcome[] = [];
  await httpEngine(
    {
      method: 'GET',
      headers: {},
      connections: 4,
      ratePerSecond: null,
      limit: { kind: 'requests', count: 1 },
      timeoutMs: 5000,
      followsRedirects: true,
      acceptsAnyCertificate: false,
      ...plan,
    },
    (outcome) => outcomes.push(outcome),
    signal,
  );
  return outcomes;
}

const answer = (statusCode: number): unknown => expect.objectContaining({ kind: 'answer', statusCode });
const failure = (reason: unknown): unknown => expect.objectContaining({ kind: 'failure', reason });

describe('following redirects', () => {
  it('sends exactly the requested number of requests over its connections', async () => {
    let received = 0;
    const { url, server } = await serve((request, response) => {
      received += 1;
      if (request.url === '/there') response.end('ok');
      else response.writeHead(302, { Location: 'there' }).end();
    });
    let opened = 0;
    server.on('connection', () => (opened += 1));
    const outcomes = await load({ url, limit: { kind: 'requests', count: 50 } });
    expect(outcomes).toEqual(new Array<unknown>(50).fill(answer(200)));
    expect([received, opened]).toEqual([100, 4]);
  });

  it('measures all steps together', async () => {
    const { url } = await serve((request, response) => {
      setTimeout(() => {
        if (request.url === '/2') response.end();
        else response.writeHead(301, { Location: request.url === '/1' ? '/2' : '/1' }).end();
      }, 20);
    });
    const [outcome] = await load({ url });
    expect(outcome?.kind === 'answer' ? outcome.serviceMs : 0).toBeGreaterThanOrEqual(59);
  });

  it.each([
    [301, 'GET', ''],
    [302, 'GET', ''],
    [303, 'GET', ''],
    [307, 'POST', 'body'],
    [308, 'POST', 'body'],
  ])('goes on after a POST and a %d with %s', async (status, method, body) => {
    const seen: Seen[] = [];
    const { url } = await serve(
      noteInto(seen, ({ path }) => (path === '/' ? { status, location: '/there' } : { status: 204 })),
    );
    const headers = { 'Content-Type': 'text/plain', Authorization: 'secret' };
    expect(await load({ url, method: 'POST', headers, body: Buffer.from('body') })).toEqual([answer(204)]);
    expect(seen[1]).toMatchObject({ method, path: '/there', body, headers: { authorization: 'secret' } });
    expect('content-type' in (seen[1]?.headers ?? {})).toBe(method === 'POST');
  });

  it('gives no credentials to another origin', async () => {
    const seen: Seen[] = [];
    const other = await serve(noteInto(seen, () => ({ status: 200 })));
    const { url } = await serve((_request, response) => response.writeHead(307, { Location: other.url }).end());
    const headers = { Authorization: 'secret', Cookie: 'a=b', 'X-Version': 'v2' };
    expect(await load({ url, headers })).toEqual([answer(200)]);
    expect(seen[0]?.headers).toMatchObject({ 'x-version': 'v2', host: new URL(other.url).host });
    expect(seen[0]?.headers).not.toMatchObject({ authorization: expect.anything() });
    expect(seen[0]?.headers).not.toMatchObject({ cookie: expect.anything() });
  });

  it('takes a redirect without a place for an answer', async () => {
    const { url } = await serve((_request, response) => response.writeHead(304).end());
    expect(await load({ url })).toEqual([answer(304)]);
  });

  it.each([
    ['one that never ends', '/', 'too many redirects'],
    ['one to another protocol', 'ftp://example.com/', 'redirect to another protocol than HTTP'],
  ])('counts %s as a failure', async (_name, location, reason) => {
    const { url } = await serve((_request, response) => response.writeHead(302, { Location: location }).end());
    expect(await load({ url })).toEqual([failure(reason)]);
  });

  it('counts requests without an answer as failures, once each', async () => {
    const gone = await startHttpServer((_request, response) => response.end());
    await gone.close();
    const limit = { kind: 'requests', count: 10 } as const;
    expect(await load({ url: gone.url, limit })).toEqual(new Array<unknown>(10).fill(failure('ECONNREFUSED')));
    const silent = await serve(() => undefined);
    const timeouts = await load({ url: silent.url, limit, timeoutMs: 100 });
    expect(timeouts).toEqual(new Array<unknown>(10).fill(failure('timeout')));
    const halting = await serve((_request, response) => {
      response.writeHead(200, { 'Content-Length': '100' }).write('half');
      setImmediate(() => response.destroy());
    });
    expect(await load({ url: halting.url })).toEqual([failure(expect.stringMatching(/ECONNRESET|connection closed/))]);
  });

  it('trusts a TLS server by its certificate, or any if configured', async () => {
    const { url } = await serve((_request, response) => response.end(), makeTestCertificates().server);
    expect(await load({ url, acceptsAnyCertificate: true })).toEqual([answer(200)]);
    expect(await load({ url })).toEqual([failure('UNABLE_TO_VERIFY_LEAF_SIGNATURE')]);
  });

  it('ends soon after it is aborted', async () => {
    const controller = new AbortController();
    const { url } = await serve(() => controller.abort());
    const outcomes = await load({ url, limit: { kind: 'requests', count: 1000 } }, controller.signal);
    expect(outcomes.length).toBeLessThanOrEqual(4);
  });
});
