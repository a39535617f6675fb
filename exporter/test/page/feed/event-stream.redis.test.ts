import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { waitFor } from '@redmeter/test-servers';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { EventStream } from '../../../src/page/feed/event-stream.js';
import { writeIndexed } from '../../reading/redis-state.js';
import { startTestExporter, type TestExporter } from '../../test-exporter.js';

const server = useRedisServer();
let exporter: TestExporter;
beforeAll(async () => {
  await writeIndexed(server.client, { 'metrics:counter:jobs_total:q=a': '5' });
  exporter = await startTestExporter(server.url, { maxConnections: 8 });
});
afterAll(async () => {
  await exporter.stop();
});

const viewers = async (): Promise<string | undefined> =>
  /^redmeter_exporter_page_viewers (\d+)$/m.exec(await exporter.metrics())?.[1];

describe('the files', () => {
  it.each([
    ['/', 'text/html; charset=utf-8'],
    ['/page/main.js', 'text/javascript; charset=utf-8'],
    ['/page/page.css', 'text/css; charset=utf-8'],
    ['/page/icon.svg', 'image/svg+xml'],
  ])('%s is %s, and says what it may do', async (path, type) => {
    const answer = await fetch(exporter.url + path);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe(type);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
    });
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|\*|https?:|data:/);
    const again = await fetch(exporter.url + path, { headers: { 'if-none-match': answer.headers.get('etag') ?? '' } });
    expect(again.status).toBe(304);
  });

  it.each(['/page/', '/page/.tsbuildinfo', '/page/main.d.ts', '/page/..%2fpackage.json', '/index.html'])(
    '%s is none',
    async (path) => {
      expect((await fetch(exporter.url + path)).status).toBe(404);
    },
  );

  it('are not served where the page is switched off', async () => {
    const without = await startTestExporter(server.url, { withPage: false });
    for (const path of ['/', '/page/main.js', '/page/events'])
      expect((await fetch(without.url + path)).status).toBe(404);
    await without.stop();
  });
});

describe('the events', () => {
  it('come at once, and hold up neither other requests nor the end of the exporter', async () => {
    const own = await startTestExporter(server.url);
    const answer = await fetch(`${own.url}/page/events?open=jobs_total`);
    expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('\n\nevent: state\ndata: {')) text += (await reader?.read())?.value ?? '';
    expect(text).toContain('"name":"jobs_total"');
    expect(await own.metrics()).toContain('jobs_total{q="a"} 5\n');
    const start = performance.now();
    // The grace is for answers that do not end.
    await own.stop(60_000);
    expect(performance.now() - start).toBeLessThan(30_000);
  });

  it('go to so many browsers and no more, and leave connections to scrapers', async () => {
    const controllers = Array.from({ length: 3 }, () => new AbortController());
    const statuses: number[] = [];
    for (const { signal } of controllers) {
      statuses.push((await fetch(`${exporter.url}/page/events`, { signal })).status);
    }
    // A quarter of eight connections.
    expect(statuses).toEqual([200, 200, 503]);
    expect(await viewers()).toBe('2');
    for (const controller of controllers) controller.abort();
    await waitFor(async () => (await viewers()) === '0');
  });

  it('are refused if a quarter of the connections is less than one', async () => {
    const small = await startTestExporter(server.url, { maxConnections: 3 });
    expect((await fetch(`${small.url}/page/events`)).status).toBe(503);
    await small.stop();
  });

  it('do not go to pages of other origins', async () => {
    const answer = await fetch(`${exporter.url}/page/events`, { headers: { 'sec-fetch-site': 'cross-site' } });
    expect(answer.status).toBe(403);
  });

  it('answer HEAD without becoming a viewer', async () => {
    expect((await fetch(`${exporter.url}/page/events`, { method: 'HEAD' })).status).toBe(200);
    expect(await viewers()).toBe('0');
  });
});

it('a browser that does not read is sent nothing more, and cut off in the end', async () => {
  const http = createServer().listen(0, '127.0.0.1');
  await once(http, 'listening');
  const socket = connect((http.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.pause().write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const [, response] = (await once(http, 'request')) as [unknown, ServerResponse];
  let nowMs = 0;
  const stream = new EventStream(response, () => nowMs);
  expect(stream.isReady).toBe(true);
  // More than the buffers of both sockets hold.
  stream.send('state', 'x'.repeat(20_000_000));
  expect(stream.isReady).toBe(false);
  nowMs = 29_000;
  expect(stream.isReady).toBe(false);
  expect(response.destroyed).toBe(false);
  nowMs = 31_000;
  expect(stream.isReady).toBe(false);
  expect(response.destroyed).toBe(true);
  socket.destroy();
  http.close();
});
