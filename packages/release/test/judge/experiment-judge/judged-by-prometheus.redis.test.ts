import { temporaryFolder } from '@redmeter/test-servers/jest';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { freePort, startRedisServer, type RedisServer } from '@redmeter/test-servers';
import { spawn, type ChildProcess } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startStore, type StoreProcess } from '../../../../../app/test/store-process.js';
import { openMetricsStore } from '@redmeter/experiment';
import { release } from '../../cli/release-process.js';
import { ask } from '../../gateway/http-client.js';
import { startUsers } from '../../gateway/users-load.js';
import { startPrometheus, type PrometheusServer } from '../prometheus-server.js';

const EXPORTER = join(__dirname, '../../../../../exporter/bin/redmeter-exporter.mjs');
// Of the candidate, before its rollout: far more than a step sees.
const EARLIER_REQUESTS = 4000;

let redis: RedisServer;
let exporter: ChildProcess;
let prometheus: PrometheusServer;
let folder: string;
let stores: StoreProcess[] = [];
beforeAll(async () => {
  redis = await startRedisServer();
  const port = await freePort();
  exporter = spawn(process.execPath, [EXPORTER, '--redis', redis.url, '--listen', `127.0.0.1:${port}`], {
    stdio: 'ignore',
  });
  prometheus = await startPrometheus(`127.0.0.1:${port}`);
  folder = temporaryFolder();
});
afterEach(async () => {
  await release(folder, variables(), 'stop', 'shop');
  for (const store of stores) store.kill('SIGKILL');
});
afterAll(async () => {
  await prometheus.stop();
  exporter.kill('SIGKILL');
  await redis.stop();
});

const variables = (): Record<string, string> => ({
  METRICS_IMPLEMENTATION: 'redis',
  METRICS_REDIS_ADDRESS: redis.url,
});

/** Applies a release of two stores, of which v2 fails so often, and gives its address. */
async function applyRelease(candidate: string, errorRate: string): Promise<string> {
  const common = { REDIS_URL: redis.url, METRICS_FLUSH_INTERVAL_MS: '100', LOG_LEVEL: 'info' };
  stores = await Promise.all([
    startStore({ ...common, STORE_VERSION: 'v1' }),
    startStore({ ...common, STORE_VERSION: candidate, STORE_ERROR_RATE: errorRate }),
  ]);
  const port = await freePort();
  await writeFile(
    join(folder, 'release.yaml'),
    `application: shop
gateway: { nginx: { listen: 127.0.0.1:${port}, folder: gate } }
versions:
  - { name: v1, url: '${stores[0]?.url ?? ''}' }
  - { name: ${candidate}, url: '${stores[1]?.url ?? ''}' }
rollout:
  candidate: ${candidate}
  steps: [50, 100]
  interval: 1s
  judge:
    - task: collect-metrics
      with:
        templates: { store: prometheus }
        values: { endpoint: '${prometheus.url}', selector: 'version="${candidate}"' }
        settle: 2s
    - task: assess
      with: { SLOs: { upper: [{ metric: store/error-rate, limit: 0.2, confidence: 0.95 }] } }
`,
  );
  expect(await release(folder, variables(), 'apply')).toMatchObject({ code: 0, error: '' });
  return `http://127.0.0.1:${port}/api/store/join`;
}

it('judges by what Prometheus has of each step, and of nothing before it', async () => {
  const url = await applyRelease('v2', '0');
  const direct = `${stores[1]?.url ?? ''}/api/store/join`;
  for (let sent = 0; sent < EARLIER_REQUESTS; sent += 50)
    await Promise.all(Array.from({ length: 50 }, () => ask(direct)));
  // Slowly, so that a step has far fewer requests than came before it.
  const users = startUsers(url, 2, { pauseMs: 50 });
  const { code, out } = await release(folder, variables(), 'run');
  const { answers, failures } = await users.stop();
  expect([code, failures]).toEqual([0, []]);
  const store = await openMetricsStore({}, variables());
  const stored = await store.get('release/shop');
  await store.close();
  const values = stored?.result.insights?.metricValues[0];
  const [count = 0, latency] = [values?.['store/request-count'], values?.['store/latency/count']];
  expect(answers).toBeGreaterThan(0);
  expect(count).toBeGreaterThan(0);
  expect(count).toBeLessThan(EARLIER_REQUESTS);
  expect(latency).toEqual(expect.any(Number));
  // One series of looks a step.
  const looksOfLastStep = out
    .split('\n')
    .filter((line) => line.includes('"weight":100') && !line.includes('"step"')).length;
  expect(stored?.result.insights?.looks).toMatchObject({ count: looksOfLastStep, validity: 'every look' });
});

it('rolls a version back whose errors Prometheus counts', async () => {
  const url = await applyRelease('v3', '1');
  const users = startUsers(url, 2);
  const { code, out } = await release(folder, variables(), 'run');
  await users.stop();
  expect([code, out]).toEqual([1, expect.stringMatching(/"rolling back".*store\/error-rate at most 0\.2, got 1/)]);
});
