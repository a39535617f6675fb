import { freePort, waitFor } from '@redmeter/test-servers';
import { useRedisServer } from '@redmeter/test-servers/jest';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { recordedCount } from '../../app/test/recorded-series.js';
import { startStore, type StoreProcess } from '../../app/test/store-process.js';
import { endpoints, profiles } from '../profiles.js';
import { finished, type Finished } from './finished-script.js';
import { printedTable } from './printed-table.js';

const script = join(__dirname, '../load-test.js');
const hasK6 = spawnSync('k6', ['version']).status === 0;

// k6 is under the AGPL: nothing here fetches or builds it, so this runs only if it is installed. What needs no
// k6 is tested in k6-options.test.ts and k6-summary.test.ts.
const describeK6 = hasK6 ? describe : describe.skip;

describeK6(hasK6 ? 'load-test.js, by the real k6' : 'load-test.js WAS NOT RUN: no k6 is on PATH', () => {
  const redisServer = useRedisServer();
  let store: StoreProcess;

  beforeAll(async () => {
    store = await startStore({ REDIS_URL: redisServer.url, METRICS_FLUSH_INTERVAL_MS: '50' });
  });
  afterAll(async () => {
    store.kill('SIGKILL');
    await store.exited;
  });

  const k6 = (args: readonly string[], environment: Record<string, string>): Promise<Finished> =>
    finished('k6', [...args, script], { K6_NO_USAGE_REPORT: 'true', NO_COLOR: '1', ...environment });

  it('exits with 0 when the store holds, with a table of what the store counted too', async () => {
    const { code, stdout } = await k6(['run', '--quiet'], { BASE_URL: store.url });
    expect(stdout).toContain('smoke: does it work?');
    expect(stdout).toContain('all within the limits');
    expect(code).toBe(0);
    const table = printedTable(stdout);
    expect([...table.keys()]).toEqual([...endpoints.map(({ name }) => name), 'all']);
    // An arrival rate of 10/s gives 99 to 101 in 10 s.
    expect(Math.abs((table.get('all')?.requests ?? 0) - 100)).toBeLessThanOrEqual(1);
    expect(table.get('all')?.errors).toBe(0);

    const redis = await redisServer.connect();
    for (const { name, method } of endpoints) {
      const series = `histogram:api_request_duration_ms:endpoint=${name},method=${method}`;
      const asked = table.get(name)?.requests;
      await waitFor(async () => (await recordedCount(redis, series)) === asked);
    }
  });

  it('exits with 99 when a limit is crossed, and says which', async () => {
    const server = createServer((request, response) => {
      response.statusCode = request.url === '/api/store/error' ? 500 : request.url === '/api/store/leave' ? 503 : 200;
      response.end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const { code, stdout } = await k6(['run', '--quiet'], { BASE_URL: url });
      expect(code).toBe(99);
      expect(stdout).toContain('limit crossed: http_req_failed{scenario:smoke} rate<=0');
      const { requests, errors } = printedTable(stdout).get('leave') ?? { requests: 0, errors: 0 };
      expect(errors).toBe(requests);
      expect(printedTable(stdout).get('all')?.errors).toBe(errors);
    } finally {
      server.close();
    }
  });

  it('exits with 108 when there is no store', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const { code, stdout, stderr } = await k6(['run', '--quiet'], { BASE_URL: url });
    expect(code).toBe(108);
    expect(stderr).toContain(`${url}: expected the store, got dial: connection refused`);
    expect(stdout).toContain('nothing was measured');
  });

  it.each([
    [{ PROFILE: 'calm' }, 'PROFILE: expected one of smoke, load, stress, spike, got \\"calm\\"'],
    [{ BASE_URL: 'store:5050' }, 'BASE_URL: expected http://host:port without a path, got \\"store:5050\\"'],
  ])('exits with 107 at %j', async (environment, line) => {
    const { code, stderr } = await k6(['run', '--quiet'], environment);
    expect(code).toBe(107);
    expect(stderr).toContain(line);
  });

  it.each(Object.entries(profiles))(
    "%s has a scenario that k6 takes, of the profile's length",
    async (name, profile) => {
      const { code, stdout } = await k6(['inspect', '--execution-requirements', '--env', `PROFILE=${name}`], {});
      expect(code).toBe(0);
      const requirements = JSON.parse(stdout) as {
        maxVUs: number;
        scenarios: Record<string, { stages: { duration: string }[] }>;
      };
      expect(Object.keys(requirements.scenarios)).toEqual([name]);
      expect(requirements.maxVUs).toBe(profile.connections);
      expect(requirements.scenarios[name]?.stages).toHaveLength(profile.stages.length * 2);
    },
  );
});
