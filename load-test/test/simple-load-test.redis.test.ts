import { freePort, waitFor } from '@redmeter/test-servers';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { recordedCount } from '../../app/test/recorded-series.js';
import { startStore, type StoreProcess } from '../../app/test/store-process.js';
import { endpoints } from '../profiles.js';
import { finished, type Finished } from './finished-script.js';
import { printedTable } from './printed-table.js';

const script = join(__dirname, '../simple-load-test.js');
const loadTest = (flags: string, environment: Record<string, string> = {}): Promise<Finished> =>
  finished(process.execPath, [script, ...flags.split(' ')], environment);

describe('on the real store', () => {
  const redisServer = useRedisServer();
  let store: StoreProcess;
  beforeAll(async () => {
    store = await startStore({ REDIS_URL: redisServer.url, METRICS_FLUSH_INTERVAL_MS: '50' });
  });
  afterAll(async () => {
    store.kill('SIGKILL');
    await store.exited;
  });

  it('sends exactly the configured requests in the configured shares, and exits with 0', async () => {
    const { code, stdout, stderr } = await loadTest('--requests 1000 --rate 0 --connections 10', {
      BASE_URL: store.url,
    });
    expect([code, stderr]).toEqual([0, '']);
    const table = printedTable(stdout);
    expect([...table.keys()]).toEqual([...endpoints.map(({ name }) => name), 'all']);
    expect(table.get('all')).toMatchObject({ requests: 1000, errors: 0 });

    const redis = await redisServer.connect();
    for (const { name, method, weight } of endpoints) {
      expect([name, table.get(name)]).toMatchObject([name, { requests: weight * 10, errors: 0 }]);
      const series = `histogram:api_request_duration_ms:endpoint=${name},method=${method}`;
      await waitFor(async () => (await recordedCount(redis, series)) === weight * 10);
    }
  });

  it('keeps to its time and rate, with the stages of a JSON result', async () => {
    const { code, stdout } = await loadTest(`--url ${store.url} --duration 3 --rate 40 --connections 4 --json`);
    const { seconds, all, stages, complaints } = JSON.parse(stdout) as {
      seconds: number;
      stages: unknown;
      all: { requests: number; latencyMs: { p50: number; p95: number; p99: number } };
      complaints: unknown;
    };
    expect(code).toBe(0);
    expect(stages).toEqual([{ seconds: 3, requestsPerSecond: 40 }]);
    expect(complaints).toEqual([]);
    // autocannon sends each second's requests at its start, and a busy machine ends it late.
    expect(seconds).toBeGreaterThanOrEqual(3);
    expect(all.requests).toBeGreaterThanOrEqual(120);
    expect(all.requests / (Math.floor(seconds) + 1)).toBeLessThanOrEqual(40);
    expect(all.latencyMs.p50).toBeGreaterThan(0);
    expect(all.latencyMs.p99).toBeGreaterThanOrEqual(all.latencyMs.p50);
  });
});

describe('on what is not as it should be', () => {
  let server: Server | undefined;
  const serve = async (listener: RequestListener): Promise<string> => {
    const listening = createServer(listener);
    server = listening;
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
  };
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
    server = undefined;
  });

  it('exits with 1 when a request fails that should not, and when one does not fail that should', async () => {
    const url = await serve((request, response) => {
      response.statusCode = request.url === '/api/store/leave' ? 503 : 200;
      response.end('{}');
    });
    const { code, stdout, stderr } = await loadTest(`--url ${url} --requests 200 --rate 0 --connections 2`);
    expect(code).toBe(1);
    expect(printedTable(stdout).get('leave')).toMatchObject({ requests: 20, errors: 20 });
    expect(printedTable(stdout).get('error')).toMatchObject({ requests: 8, errors: 8 });
    expect(printedTable(stdout).get('all')).toMatchObject({ requests: 200, errors: 28 });
    expect(stderr).toBe('leave: expected 200, got 503 (20 times)\nerror: expected 500, got 200 (8 times)\n');
  });

  it('counts requests whose connection is closed without an answer', async () => {
    let seen = 0;
    const url = await serve((request, response) => {
      seen += 1;
      if (seen % 10 === 0) request.socket.end();
      else response.writeHead(request.url === '/api/store/error' ? 500 : 200).end('{}');
    });
    const { code, stdout, stderr } = await loadTest(`--url ${url} --requests 100 --rate 0 --connections 1`);
    expect(code).toBe(1);
    // The last is one of them, and ends the run.
    expect(printedTable(stdout).get('all')).toMatchObject({ requests: 100, errors: 10 });
    expect(stderr).toMatch(/expected 200, got no response \(\d+ times\)/);
  });

  it('gives up when the server goes away in the middle, with the table so far', async () => {
    let seen = 0;
    const url = await serve((_request, response) => {
      seen += 1;
      if (seen < 50) {
        response.end('{}');
        return;
      }
      server?.close();
      server?.closeAllConnections();
    });
    const { code, stdout, stderr } = await loadTest(`--url ${url} --duration 3600 --rate 0 --connections 5`);
    expect(code).toBe(1);
    expect(printedTable(stdout).get('all')?.requests).toBeGreaterThanOrEqual(49);
    expect(stderr).toMatch(/connection failed: ECONNREFUSED \(\d+ times\)\n$/);
  });

  it('says in one line that nobody answers', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    expect(await loadTest(`--url ${url}`)).toEqual({
      code: 1,
      stdout: '',
      stderr: `${url}: expected the store, got connection refused; start it with npm start, or set --url or BASE_URL\n`,
    });
  });

  it('exits with 2 at wrong flags', async () => {
    expect(await loadTest('--rate fast')).toEqual({
      code: 2,
      stdout: '',
      stderr: '--rate: expected a whole number from 0 to 1000000, got "fast" (--help shows all flags)\n',
    });
  });

  it('helps', async () => {
    const { code, stdout } = await loadTest('--help');
    expect(code).toBe(0);
    expect(stdout).toContain('--duration S');
  });
});
