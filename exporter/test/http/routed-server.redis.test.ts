import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startRedisServer, waitFor } from '@redmeter/test-servers';
import { useRedisServer } from '@redmeter/test-servers/jest';
import type { Redis } from 'ioredis';
import { execFile, spawnSync } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { checkExposition } from '../exposition/exposition-checker.js';
import { writeIndexed } from '../reading/redis-state.js';
import { startTestExporter, type TestExporter } from '../test-exporter.js';

const server = useRedisServer({ flushBeforeEach: true });
let exporter: TestExporter;
beforeAll(async () => {
  exporter = await startTestExporter(server.url);
});
beforeEach(async () => {
  await writeIndexed(server.client, {
    'metrics:counter:jobs_total:q=a': '{"type":"counter","value":5}',
    'metrics:histogram:wait_ms:q=a': '{"count":7,"sum":812.5,"bounds":[5,10],"counts":[1,2,4]}',
  });
});
afterAll(async () => {
  await exporter.stop();
});

const value = (text: string, series: string): number =>
  Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${series} `))
      ?.slice(series.length),
  );

/** Writes series whose text is more than the system takes in for a connection whose other end does not read. */
async function writeMuch(redis: Redis): Promise<void> {
  const filler = 'x'.repeat(1000);
  const keys = Array.from({ length: 16_000 }, (_, i) => `metrics:gauge:big:i=${i},t=${filler}`);
  for (let i = 0; i < keys.length; i += 1000) {
    await redis.mset(keys.slice(i, i + 1000).flatMap((key) => [key, '1']));
  }
}
const OPENMETRICS = 'application/openmetrics-text;version=1.0.0';

describe('GET /metrics', () => {
  it.each([
    ['text', 'identity', undefined, 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores'],
    ['text', 'gzip', undefined, 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores'],
    [
      'openmetrics',
      'identity',
      OPENMETRICS,
      'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores',
    ],
    [
      'openmetrics',
      'gzip',
      OPENMETRICS,
      'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores',
    ],
  ] as const)('answers %s, %s', async (format, encoding, accept, contentType) => {
    const headers = { 'accept-encoding': encoding, ...(accept === undefined ? {} : { accept }) };
    const answer = await fetch(`${exporter.url}/metrics`, { headers });
    expect(answer.headers.get('content-type')).toBe(contentType);
    expect(answer.headers.get('content-encoding')).toBe(encoding === 'gzip' ? 'gzip' : null);
    const text = await answer.text();
    expect(checkExposition(text, format).problems).toEqual([]);
    expect(value(text, 'redmeter_up')).toBe(1);
    expect(value(text, 'jobs_total{q="a"}')).toBe(5);
    expect(value(text, 'wait_ms_count{q="a"}')).toBe(7);
    expect(value(text, 'redmeter_series{type="counter"}')).toBe(1);
    expect(value(text, 'redmeter_exporter_known_keys')).toBe(2);
  });

  it('counts commands and round trips, which can have several commands, apart', async () => {
    const text = await exporter.metrics();
    const commands = value(text, 'redmeter_exporter_redis_commands_total');
    const roundTrips = value(text, 'redmeter_exporter_redis_round_trips_total');
    expect(roundTrips).toBeGreaterThan(0);
    expect(commands).toBeGreaterThan(roundTrips);
  });

  it('satisfies promtool', async () => {
    const { status, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: await exporter.metrics() });
    const told = stderr
      .toString()
      .split('\n')
      .filter((line) => !/non-histogram|no help text|abbreviated/.test(line));
    expect({ told: told.filter((line) => line !== ''), failed: status === 1 }).toEqual({ told: [], failed: false });
  });

  it('is what curl and gzip take, too', async () => {
    const curl = async (...flags: string[]): Promise<Buffer> => {
      const options = { encoding: 'buffer' as const, timeout: 60_000 };
      return (await promisify(execFile)('curl', ['-sf', ...flags, `${exporter.url}/metrics`], options)).stdout;
    };
    const plain = (await curl()).toString();
    const packed = (await curl('--compressed')).toString();
    const raw = await curl('-H', 'Accept-Encoding: gzip');
    expect(gunzipSync(raw).toString()).toContain('jobs_total{q="a"} 5\n');
    for (const text of [plain, packed]) expect(text).toContain('jobs_total{q="a"} 5\n');
  });

  it('reads Redis once for scrapes at the same time', async () => {
    const before = value(await exporter.metrics(), 'redmeter_exporter_reads_total{outcome="ok"}');
    await Promise.all(Array.from({ length: 20 }, async () => exporter.metrics()));
    const after = value(await exporter.metrics(), 'redmeter_exporter_reads_total{outcome="ok"}');
    expect(after - before).toBeLessThan(10);
  });
});

describe('other requests', () => {
  it.each([
    ['GET', '/healthz', 200],
    ['HEAD', '/metrics', 200],
    ['GET', '/nothing', 404],
    ['GET', '//', 404],
    ['DELETE', '/metrics', 405],
  ])('%s %s: %i', async (method, path, status) => {
    expect((await fetch(exporter.url + path, { method })).status).toBe(status);
  });

  it('with a body are refused', async () => {
    expect((await fetch(`${exporter.url}/metrics`, { method: 'POST', body: 'x' })).status).toBe(413);
  });

  it('with too large a header are refused', async () => {
    const answer = await fetch(`${exporter.url}/metrics`, { headers: { 'x-long': 'x'.repeat(20_000) } });
    expect(answer.status).toBe(431);
  });
});

describe('connections', () => {
  it('above the limit are closed', async () => {
    const small = await startTestExporter(server.url, { maxConnections: 2 });
    const port = Number(new URL(small.url).port);
    const sockets = Array.from({ length: 3 }, () => connect(port, '127.0.0.1'));
    let closed = 0;
    for (const socket of sockets) socket.on('close', () => (closed += 1)).on('error', () => undefined);
    await waitFor(() => closed === 1);
    for (const socket of sockets) socket.destroy();
    await small.stop();
  });

  it('that never end their request are closed', async () => {
    const socket = connect(Number(new URL(exporter.url).port), '127.0.0.1');
    socket.write('GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow:');
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString())).on('error', () => undefined);
    await once(socket, 'close');
    expect(answer).toContain('408 Request Timeout');
  });

  it('that read their answer when the exporter stops get all of it, and do not hold it up then', async () => {
    const own = await startRedisServer();
    await writeMuch(await own.connect());
    const other = await startTestExporter(own.url, { scrapeTimeoutMs: 100_000 });
    const { length } = await other.metrics();
    const socket = connect(Number(new URL(other.url).port), '127.0.0.1');
    socket.write('GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    await once(socket, 'readable');
    // Longer than the test may take, so it is not the grace that ends it.
    const stopped = other.stop(60_000);
    let got = 0;
    socket.on('data', (chunk: Buffer) => (got += chunk.length));
    await once(socket, 'close');
    await stopped;
    expect(got).toBeGreaterThan(length);
    await own.stop();
  });

  it('of which one cannot be taken end neither the others nor the exporter', async () => {
    let http: Server | undefined;
    const listen = (message: unknown): void => void (http = (message as { readonly server: Server }).server);
    subscribe('http.server.request.start', listen);
    await exporter.metrics();
    unsubscribe('http.server.request.start', listen);
    // What the system says when there are no file descriptors left.
    http?.emit('error', new Error('accept EMFILE'));
    expect(exporter.log).toContain('error the server failed: accept EMFILE');
    expect(value(await exporter.metrics(), 'redmeter_up')).toBe(1);
  });

  it('that do not read their answers are cut, and share one answer until then', async () => {
    const own = await startRedisServer();
    await writeMuch(await own.connect());
    const slow = await startTestExporter(own.url, { answerTimeoutMs: 3000, scrapeTimeoutMs: 100_000 });
    const size = (await slow.metrics()).length;
    expect(size).toBeGreaterThan(16_000_000);
    const clients = 20;
    const held = (): number => process.memoryUsage().arrayBuffers;
    const before = held();
    const sockets = Array.from({ length: clients }, () => connect(Number(new URL(slow.url).port), '127.0.0.1'));
    for (const socket of sockets) {
      socket.on('error', () => undefined).pause();
      socket.write('GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    }
    let most = 0;
    await waitFor(async () => {
      most = Math.max(most, held());
      const cut = value(await slow.metrics({ 'accept-encoding': 'gzip' }), 'redmeter_exporter_cut_answers_total');
      return cut === clients;
    });
    // Each of its own would be twenty times the answer.
    expect({ size, isShared: most - before < (clients / 2) * size }).toEqual({ size, isShared: true });
    for (const socket of sockets) socket.destroy();
    await slow.stop();
    await own.stop();
  });
});

describe('when Redis', () => {
  it('is down, the response reports it without series; when it is back, so are they', async () => {
    const own = await startRedisServer();
    const other = await startTestExporter(own.url);
    const writer = await own.connect();
    await writeIndexed(writer, { 'metrics:counter:jobs_total': '5' });
    expect(value(await other.metrics(), 'jobs_total')).toBe(5);
    await own.stop();
    const down = await other.metrics();
    expect(value(down, 'redmeter_up')).toBe(0);
    expect(down).not.toContain('jobs_total 5');
    expect(checkExposition(down, 'text').problems).toEqual([]);
    await other.metrics();
    const again = await startRedisServer({ port: own.port });
    const rewriter = await again.connect();
    await writeIndexed(rewriter, { 'metrics:counter:jobs_total': '7' });
    const text = await waitFor(async () => {
      const next = await other.metrics();
      return value(next, 'redmeter_up') === 1 ? next : undefined;
    });
    expect(value(text, 'jobs_total')).toBe(7);
    // One line for each change of state, however many scrapes.
    expect(other.log.filter((line) => line.includes('Redis'))).toEqual([
      expect.stringMatching(/^error Redis cannot be read, serving no series: /),
      'info Redis can be read again',
    ]);
    await other.stop();
    await again.stop();
  });

  it('is slow, the answer comes within the scraper’s own timeout', async () => {
    process.kill(server.pid, 'SIGSTOP');
    try {
      const start = performance.now();
      const text = await exporter.metrics({ 'X-Prometheus-Scrape-Timeout-Seconds': '1' });
      // The exporter's own is ten seconds.
      expect(performance.now() - start).toBeLessThan(8000);
      expect(value(text, 'redmeter_up')).toBe(0);
      expect(text).not.toContain('jobs_total{q="a"}');
    } finally {
      process.kill(server.pid, 'SIGCONT');
    }
    await waitFor(async () => value(await exporter.metrics(), 'jobs_total{q="a"}') === 5);
  });
});
