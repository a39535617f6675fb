import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { LoadSummary } from '../../src/result/load-summary.js';
import { parseResult } from '../../src/spec/result-text.js';
import { makeCommandFolder, type CommandFolder } from '../cli/command-run.js';
import { startHttpServer } from '../servers/http-test-server.js';
import { makeTestCertificates } from '../servers/test-certificates.js';

let folder: CommandFolder;
const closings: (() => Promise<void>)[] = [];
beforeEach(() => {
  folder = makeCommandFolder({ HIDDEN: 'hidden-value', HIDDEN_PATH: 'hidden path' });
});
afterEach(async () => {
  for (const close of closings.splice(0)) await close();
});

async function serve(...handler: Parameters<typeof startHttpServer>): Promise<string> {
  const server = await startHttpServer(...handler);
  closings.push(() => server.close());
  return server.url;
}

async function run(
  inputs: Record<string, unknown>,
): Promise<{ code: number; err: string; load: LoadSummary | undefined }> {
  await folder.write('experiment.yaml', stringify([{ task: 'http', with: { qps: 0, ...inputs } }]));
  const { code, err } = await folder.run('run');
  const { insights } = parseResult(await readFile(join(folder.path, 'result.yaml'), 'utf8'), 'result.yaml');
  return { code, err, load: insights?.loads[0]?.['built-in'] };
}

describe('the HTTP task', () => {
  it('warms up with a number of requests, which it ignores', async () => {
    let received = 0;
    const url = await serve((_request, response) => {
      received += 1;
      response.writeHead(received <= 30 ? 500 : 200).end();
    });
    const { load } = await run({ url, warmupNumRequests: 30, numRequests: 20 });
    expect(received).toBe(50);
    expect(load).toMatchObject({ requests: 20, errors: 0, statusCodes: { 200: 20 } });
  });

  it('warms up for a duration, which it ignores', async () => {
    const times: number[] = [];
    const url = await serve((_request, response) => {
      times.push(performance.now());
      response.end();
    });
    const { load } = await run({ url, qps: 50, warmupDuration: '500ms', numRequests: 10 });
    expect(load?.requests).toBe(10);
    // 25 in half a second at 50 a second; a machine that stands still for as long sends fewer.
    expect(times.length).toBeGreaterThan(10);
    expect(times.length).toBeLessThanOrEqual(35);
    expect(load?.seconds).toBeLessThan(((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1000);
  });

  it('records nothing of a task that is a warm-up', async () => {
    const seen: string[] = [];
    const url = await serve((request, response) => {
      seen.push(request.url ?? '');
      response.writeHead(request.url === '/cold' ? 500 : 200).end();
    });
    const slos = {
      upper: [{ metric: 'http/error-rate', limit: 0 }],
      lower: [{ metric: 'http/request-count', limit: 4 }],
    };
    const tasks = [
      { task: 'http', with: { url: `${url}/cold`, numRequests: 6, qps: 0, warmup: true } },
      { if: 'not SLOs()', run: 'echo unjudged' },
      { task: 'http', with: { url: `${url}/warm`, numRequests: 4, qps: 0, warmup: false, allowInitialErrors: true } },
      { task: 'assess', with: { SLOs: slos } },
    ];
    await folder.write('experiment.yaml', stringify({ spec: tasks }));
    const { code } = await folder.run('run');
    const { insights } = parseResult(await readFile(join(folder.path, 'result.yaml'), 'utf8'), 'result.yaml');
    expect([code, seen.filter((path) => path === '/cold').length, seen.length]).toEqual([0, 6, 10]);
    expect(insights?.loads[0]?.['built-in']).toMatchObject({ requests: 4, errors: 0 });
    expect(insights?.verdicts).toMatchObject([[{ state: 'satisfied' }], [{ state: 'satisfied' }]]);
  });

  it('leaves a result without metrics when all was a warm-up', async () => {
    const url = await serve((_request, response) => response.end());
    const { code, load } = await run({ url, numRequests: 3, warmup: true });
    expect([code, load]).toEqual([0, undefined]);
    expect((await folder.run('report')).code).toBe(0);
  });

  it.each([
    ['GET', 'GET', 'text'],
    ['PUT', 'PUT', 'text'],
    ['DELETE', 'DELETE', ''],
    [undefined, 'POST', 'text'],
  ])('sends a body with the method %s as %s', async (method, sent, payloadStr) => {
    const seen: unknown[] = [];
    const url = await serve((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        seen.push([request.method, body, request.headers['content-type']]);
        response.end();
      });
    });
    const { load } = await run({
      url,
      numRequests: 2,
      contentType: 'text/plain',
      ...(payloadStr === '' ? {} : { payloadStr }),
      ...(method === undefined ? {} : { method }),
    });
    expect([load?.errors, seen]).toEqual([0, new Array(2).fill([sent, payloadStr, 'text/plain'])]);
  });

  it('fetches a payload from a server with any certificate when insecure, else reports why not', async () => {
    const certificates = makeTestCertificates();
    const source = await serve((_request, response) => response.end('from TLS'), certificates.server);
    const seen: string[] = [];
    const url = await serve((request, response) => {
      request.on('data', (chunk: Buffer) => seen.push(chunk.toString()));
      request.on('end', () => response.end());
    });
    const refused = await run({ url, payloadURL: source, numRequests: 1 });
    expect([refused.code, seen]).toEqual([3, []]);
    expect(refused.err).toMatch(/payloadURL: expected a response from https:.*, got fetch failed: .*certificate/);
    const { code, load } = await run({ url, payloadURL: source, numRequests: 2, insecure: true });
    expect([code, load?.errors, seen]).toEqual([0, 0, ['from TLS', 'from TLS']]);
    const closed = await startHttpServer((_request, response) => response.end());
    await closed.close();
    const gone = await run({ url, payloadURL: closed.url, numRequests: 1 });
    expect(gone.err).toContain('ECONNREFUSED');
  });

  it.each([
    ['payloadStr', 'text/plain', 'from text'],
    ['payloadFile', undefined, 'from a file\u0000\u00ff'],
    ['payloadURL', 'application/json', 'from a URL\u0000\u00ff'],
  ])('sends %s byte for byte, as %s', async (field, contentType, text) => {
    const body = Buffer.from(text, 'latin1');
    await writeFile(join(folder.path, 'payload.bin'), body);
    const values: Record<string, string> = {
      payloadStr: text,
      payloadFile: 'payload.bin',
      payloadURL: await serve((_request, response) => response.end(body)),
    };
    const seen: unknown[] = [];
    const url = await serve((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        seen.push([request.method, request.headers['content-type'], Buffer.concat(chunks)]);
        response.end();
      });
    });
    const { code } = await run({
      url,
      numRequests: 3,
      [field]: values[field],
      ...(contentType === undefined ? {} : { contentType }),
    });
    expect(code).toBe(0);
    expect(seen).toEqual(new Array(3).fill(['POST', contentType ?? 'application/octet-stream', body]));
  });

  it.each([
    ['as it is', {}],
    ['following redirects', { followRedirects: true }],
  ])('fills in ${NAME} from the environment, and shows nothing of it, %s', async (_engine, inputs) => {
    const seen: unknown[] = [];
    const url = await serve((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        seen.push([request.url, request.headers['x-token'], request.headers.authorization, body]);
        response.destroy();
      });
    });
    const { code, err } = await run({
      url: `${url.replace('://', '://me:${HIDDEN}@')}/\${HIDDEN_PATH}`,
      headers: { 'X-Token': '${HIDDEN}' },
      payloadStr: '{"token": "${HIDDEN}"}',
      numRequests: 1,
      ...inputs,
    });
    const basic = `Basic ${Buffer.from('me:hidden-value').toString('base64')}`;
    expect([code, seen]).toEqual([0, [['/hidden%20path', 'hidden-value', basic, '{"token": "hidden-value"}']]]);
    const report = await folder.run('report', '-o', 'html');
    const stored = await readFile(join(folder.path, 'result.yaml'), 'utf8');
    expect(report.out).toContain('X-Token: ${HIDDEN}');
    expect(err + stored + report.out).not.toMatch(/hidden-value|hidden(?: |%20)path/);
  });

  it.each([
    [{ contentType: 'text/plain' }],
    [{ payloadStr: '' }],
    [{ contentType: 'text/plain', followRedirects: true }],
  ])('sends a POST of nothing with its length: %j', async (inputs) => {
    const seen: unknown[] = [];
    const url = await serve((request, response) => {
      seen.push([request.method, request.headers['content-length'], request.headers['transfer-encoding']]);
      response.end();
    });
    const { load } = await run({ url, numRequests: 2, ...inputs });
    expect([load?.errors, seen]).toEqual([0, new Array(2).fill(['POST', '0', undefined])]);
  });

  it('prefers a file to a URL, and a URL to text', async () => {
    await folder.write('payload.txt', 'file');
    const payloadURL = await serve((_request, response) => response.end('URL'));
    let body = '';
    const url = await serve((request, response) => {
      body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => response.end());
    });
    await run({ url, numRequests: 1, payloadStr: 'text', payloadURL, payloadFile: 'payload.txt' });
    expect(body).toBe('file');
    await run({ url, numRequests: 1, payloadStr: 'text', payloadURL });
    expect(body).toBe('URL');
  });

  it.each([
    ['payloadFile', 'absent.bin', 'payloadFile: expected a readable file, got ENOENT'],
    ['payloadURL', 'http://127.0.0.1:1/?key=hidden', 'payloadURL: expected a response from http://127.0.0.1:1/, got'],
    ['payloadURL', 'http://me:hidden@127.0.0.1:1/', 'payloadURL: expected a response from http://127.0.0.1:1/, got'],
    ['payloadURL', '${HIDDEN}', 'payloadURL: expected an http:// or https:// URL, got something else'],
    ['payloadFile', '${HIDDEN}', 'payloadFile: expected a readable file, got ENOENT'],
    ['payloadStr', '${ABSENT}', 'expected the environment variable ABSENT to be set'],
    ['payloadURL', '/missing', 'payloadURL: expected status 200 from'],
  ])('fails before any request without its %s %s', async (field, value, message) => {
    let received = 0;
    const url = await serve((request, response) => {
      if (request.url === '/missing') response.writeHead(404);
      else received += 1;
      response.end();
    });
    const { code, err } = await run({ url, [field]: value === '/missing' ? url + value : value });
    expect([code, err, received]).toEqual([3, expect.stringContaining(message), 0]);
    expect(err).not.toContain('hidden');
  });

  it.each([
    [undefined, 40],
    [[{ lower: 500 }], 20],
    [[{ lower: 300, upper: 399 }], 20],
    [[{ upper: 200 }], 20],
    [[{ lower: 404, upper: 404 }, { lower: 503 }], 40],
    [[{ lower: 405, upper: 502 }], 0],
  ])('counts as errors the statuses in %j', async (errorRanges, errors) => {
    const statuses = [200, 302, 404, 503];
    let received = 0;
    const url = await serve((_request, response) => {
      response.writeHead(statuses[received % statuses.length] ?? 200).end();
      received += 1;
    });
    const { load } = await run({ url, numRequests: 80, ...(errorRanges === undefined ? {} : { errorRanges }) });
    expect(load).toMatchObject({
      requests: 80,
      errors,
      statusCodes: { 200: 20, 302: 20, 404: 20, 503: 20 },
      // Errors are answers too: their latencies count.
      latency: { count: 80 },
    });
  });

  it('follows redirects on request, not by default', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/there') response.end();
      else response.writeHead(302, { Location: '/there' }).end();
    });
    expect((await run({ url, numRequests: 5 })).load?.statusCodes).toEqual({ 302: 5 });
    expect((await run({ url, numRequests: 5, followRedirects: true })).load?.statusCodes).toEqual({ 200: 5 });
  });

  it.each([[false], [true]])(
    'counts an unknown host by its own name, following redirects: %s',
    async (followRedirects) => {
      const { load } = await run({ url: 'http://no-such-host.invalid/', numRequests: 10, followRedirects });
      expect(load?.errors).toBe(10);
      expect(Object.keys(load?.failures ?? {})).toEqual([expect.stringMatching(/^(?:ENOTFOUND|EAI_AGAIN)$/)]);
    },
  );

  it.each([
    [{ numRequests: 101, qps: 0 }, 101],
    [{ numRequests: 50, qps: 100 }, 50],
    [{ duration: '1s', qps: 40 }, 40],
    [{ numRequests: 1, qps: 0 }, 1],
  ])('sends a load from several threads: %j', async (pace, requests) => {
    let received = 0;
    let opened = 0;
    const server = await startHttpServer((_request, response) => {
      received += 1;
      response.writeHead(received % 2 === 0 ? 500 : 200).end();
    });
    closings.push(() => server.close());
    server.server.on('connection', () => (opened += 1));
    const { load } = await run({ url: server.url, threads: 2, connections: 5, ...pace });
    expect([load?.requests, received, load?.latency.count]).toEqual([requests, requests, requests]);
    expect(load?.errors).toBe(Math.floor(requests / 2));
    expect(load?.timeline.points.reduce((sum, point) => sum + point.requests, 0)).toBe(requests);
    expect(opened).toBeLessThanOrEqual(5);
  });

  it('counts failures of all threads', async () => {
    const { load } = await run({ url: 'http://no-such-host.invalid/', numRequests: 10, threads: 2, qps: 0 });
    const [[reason, count] = []] = Object.entries(load?.failures ?? {});
    expect([reason, count]).toEqual([expect.stringMatching(/^(?:ENOTFOUND|EAI_AGAIN)$/), 10]);
  });

  it('reports the rate that was reached when the server does not keep up', async () => {
    const url = await serve((_request, response) => void setTimeout(() => response.end(), 50));
    await run({ url, qps: 1000, connections: 2, duration: '1s' });
    expect((await folder.run('report')).out).toMatch(/built-in reached \d+(?:\.\d+)? requests\/s of 1000 requested/);
  });

  it.each([[false], [true]])(
    'judges a TLS server by its certificate, following redirects: %s',
    async (followRedirects) => {
      const url = await serve((_request, response) => response.end(), makeTestCertificates().server);
      const inputs = { url, numRequests: 5, followRedirects };
      expect((await run(inputs)).load).toMatchObject({
        errors: 5,
        failures: { UNABLE_TO_VERIFY_LEAF_SIGNATURE: 5 },
        latency: { count: 0 },
      });
      expect((await run({ ...inputs, insecure: true })).load).toMatchObject({ errors: 0, statusCodes: { 200: 5 } });
    },
  );
});
