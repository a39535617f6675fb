import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@redmeter/test-servers';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { writeIndexed } from '../../reading/redis-state.js';
import { startTestExporter, type TestExporter } from '../../test-exporter.js';
import { connectRaw, statusesIn, type RawConnection } from '../raw-connection.js';

const server = useRedisServer({ flushBeforeEach: true });
let exporter: TestExporter;
beforeAll(async () => {
  exporter = await startTestExporter(server.url, { answerTimeoutMs: 3000, scrapeTimeoutMs: 100_000 });
});
beforeEach(async () => {
  await writeIndexed(server.client, { 'metrics:counter:jobs_total:q=a': '{"type":"counter","value":5}' });
});
afterAll(async () => {
  await exporter.stop();
});

const HOST = 'Host: 127.0.0.1\r\n';
const request = (path: string, headers = '', method = 'GET'): string =>
  `${method} ${path} HTTP/1.1\r\n${HOST}${headers}\r\n`;
const LAST = 'Connection: close\r\n';
const METRICS = request('/metrics');

const reads = async (): Promise<number> =>
  Number(/^redmeter_exporter_reads_total\{outcome="ok"\} (\d+)$/m.exec(await exporter.metrics())?.[1]);

describe('requests sent at once on one connection', () => {
  it('are answered in their order, one at a time', async () => {
    const before = await reads();
    const connection = await connectRaw(exporter.url);
    const paths = ['/healthz', '/metrics', '/nothing', '/metrics', '/', '/metrics', '/healthz'];
    connection.send(
      paths.map((path) => request(path)).join('') + request('/metrics', '', 'HEAD') + request('/healthz', LAST),
    );
    const answer = await connection.untilClosed();
    expect(statusesIn(answer)).toEqual([200, 200, 404, 200, 200, 200, 200, 200, 200]);
    expect(answer.match(/^jobs_total\{q="a"\} 5$/gm)).toHaveLength(3);
    // Those that are answered at the same time share a reading; each of these four has its own.
    expect((await reads()) - before).toBe(5);
  });

  it.each([2, 100, 900])('are all answered when they are %i', async (count) => {
    const connection = await connectRaw(exporter.url);
    connection.send(request('/healthz').repeat(count - 1) + request('/healthz', LAST));
    expect(statusesIn(await connection.untilClosed())).toEqual(Array<number>(count).fill(200));
  });

  it('are answered up to the one that has a body, and no bytes of it are taken for requests', async () => {
    const connection = await connectRaw(exporter.url);
    const smuggled = request('/metrics');
    connection.send(METRICS + request('/metrics', `Content-Length: ${smuggled.length}\r\n`) + smuggled + METRICS);
    expect(statusesIn(await connection.untilClosed())).toEqual([200, 413]);
  });

  it.each([
    ['POST with a length', request('/metrics', 'Content-Length: 100000\r\n', 'POST') + 'x', [200, 413]],
    ['chunks', request('/metrics', 'Transfer-Encoding: chunked\r\n', 'POST') + '5\r\nab', [200, 413]],
    ['an expectation', request('/metrics', 'Content-Length: 5\r\nExpect: 100-continue\r\n', 'PUT'), [200, 413]],
  ])('are answered when one announces a body that does not come: %s', async (_what, last, statuses) => {
    const connection = await connectRaw(exporter.url);
    connection.send(METRICS + last);
    expect(statusesIn(await connection.untilClosed())).toEqual(statuses);
  });

  it.each([
    ['a header too large', request('/metrics', `X-Long: ${'x'.repeat(20_000)}\r\n`), 431],
    ['what is no request', 'HELLO\r\n\r\n', 400],
    [
      'what cannot be told from several requests',
      request('/', 'Content-Length: 1\r\nTransfer-Encoding: chunked\r\n'),
      400,
    ],
  ])('are answered before the connection ends with %s', async (_what, last, status) => {
    const connection = await connectRaw(exporter.url);
    connection.send(request('/healthz') + METRICS + METRICS + last);
    const answer = await connection.untilClosed();
    expect(statusesIn(answer)).toEqual([200, 200, 200, status]);
    expect(answer.match(/^jobs_total\{q="a"\} 5$/gm)).toHaveLength(2);
  });

  it('are answered when the client ends its side', async () => {
    const connection = await connectRaw(exporter.url);
    connection.socket.end(METRICS + METRICS);
    expect(statusesIn(await connection.untilClosed())).toEqual([200, 200]);
  });

  it('end when the client ends its side within one', async () => {
    const connection = await connectRaw(exporter.url);
    connection.socket.end(`${METRICS}GET /metr`);
    expect(statusesIn(await connection.untilClosed())).toEqual([200, 400]);
  });

  it('wait for the stream of events before them, without holding up others', async () => {
    const connection = await connectRaw(exporter.url);
    connection.send(request('/page/events') + METRICS.repeat(20));
    await connection.untilReceived(/event: state/);
    expect(await exporter.metrics()).toContain('jobs_total{q="a"} 5\n');
    expect(statusesIn(connection.received)).toEqual([200]);
    connection.socket.destroy();
    await waitFor(async () => (await exporter.metrics()).includes('redmeter_exporter_page_viewers 0\n'));
  });

  it('are not read when the client is gone', async () => {
    const before = await reads();
    const connection = await connectRaw(exporter.url);
    connection.send(METRICS.repeat(500));
    await connection.untilReceived(/HTTP/);
    connection.socket.resetAndDestroy();
    await connection.untilClosed();
    // Some are answered until the exporter knows.
    expect((await reads()) - before).toBeLessThan(500);
  });

  it('are refused when they are too many, and the connection is closed', async () => {
    const connection = await connectRaw(exporter.url);
    connection.send(METRICS.repeat(1800));
    expect(statusesIn(await connection.untilClosed())).toEqual([503]);
    expect(await exporter.metrics()).toMatch(/^redmeter_exporter_refused_requests_total\{reason="pipelined"\} [1-9]/m);
  });
});

// What is held shows when what is not has been collected.
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heldBytes(): number {
  collectGarbage();
  return process.memoryUsage().rss;
}

describe('clients that read nothing', () => {
  const attack = async (text: string): Promise<RawConnection[]> => {
    const connections = await Promise.all(Array.from({ length: 40 }, async () => connectRaw(exporter.url)));
    for (const { socket } of connections) {
      socket.pause();
      socket.write(text.repeat(Math.floor(65_536 / text.length)));
    }
    return connections;
  };

  it.each([
    ['few headers', METRICS],
    ['some headers', request('/metrics', `Accept: */*\r\nUser-Agent: ${'x'.repeat(50)}\r\n`)],
    ['many headers', request('/metrics', 'X-Some: header\r\n'.repeat(60))],
    ['a page', request('/')],
    ['HEAD', request('/metrics', '', 'HEAD')],
    ['streams of events', request('/page/events')],
  ])('keep no others from being answered, and little memory: 64 kB of requests with %s each', async (_what, text) => {
    // Long enough that the system does not take in all answers for a client.
    const filler = 'x'.repeat(500);
    const values = Array.from({ length: 2000 }, (_, i) => [`metrics:gauge:big:i=${i},t=${filler}`, '1']);
    await server.client.mset(values.flat());
    await exporter.metrics();
    const before = heldBytes();
    const connections = await attack(text);
    for (let i = 0; i < 3; i += 1) {
      // Before: after 145 s.
      const answer = await fetch(`${exporter.url}/metrics`, { signal: AbortSignal.timeout(100_000) });
      expect(await answer.text()).toContain('jobs_total{q="a"} 5\n');
    }
    // Before: 2 GB.
    expect(heldBytes() - before).toBeLessThan(500e6);
    for (const { socket } of connections) socket.destroy();
  });

  it('are cut off, whatever they requested', async () => {
    const cut = async (): Promise<number> =>
      Number(/^redmeter_exporter_cut_answers_total (\d+)$/m.exec(await exporter.metrics())?.[1]);
    const before = await cut();
    const connection = await connectRaw(exporter.url);
    connection.socket.pause();
    // More than the system takes in for a connection.
    connection.send(request('/page/page.css').repeat(900));
    await waitFor(async () => (await cut()) > before);
    connection.socket.destroy();
  });
});
