import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { freePort } from '@redmeter/test-servers';
import { temporaryFolder, useRedisServer } from '@redmeter/test-servers/jest';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startStore, type StoreProcess } from '../../../../../app/test/store-process.js';
import { ask } from '../../gateway/http-client.js';
import { startUsers } from '../../gateway/users-load.js';
import { release, startRelease } from '../release-process.js';

// The metrics that the stores themselves record, of one version.
const TEMPLATE = `url: {{ .redis | quote }}
metrics:
  - name: error-rate
    type: gauge
    jqExpression: '{count: ([.[] | select(.name == "api_errors" and .labels.version == "{{ .version }}").value] | add // 0), of: ([.[] | select(.name == "api_request_duration_ms_count" and .labels.version == "{{ .version }}").value] | add // 0)}'
`;

const server = useRedisServer();
let folder: string;
let stores: StoreProcess[];
beforeEach(async () => {
  folder = temporaryFolder();
  await (await server.connect()).flushall();
});
afterEach(async () => {
  await release(folder, variables(), 'stop', 'shop');
  for (const store of stores) store.kill('SIGKILL');
});

const variables = (): Record<string, string> => ({
  METRICS_IMPLEMENTATION: 'redis',
  METRICS_REDIS_ADDRESS: server.url,
  REDIS_ADDRESS: server.url,
});

async function startStores(errorRateOfV2: string): Promise<number> {
  const common = { REDIS_URL: server.url, METRICS_FLUSH_INTERVAL_MS: '100', LOG_LEVEL: 'info' };
  stores = await Promise.all([
    startStore({ ...common, STORE_VERSION: 'v1' }),
    startStore({ ...common, STORE_VERSION: 'v2', STORE_ERROR_RATE: errorRateOfV2 }),
  ]);
  const port = await freePort();
  await writeFile(join(folder, 'store.tpl'), TEMPLATE);
  await writeFile(
    join(folder, 'release.yaml'),
    `application: shop
gateway: { nginx: { listen: 127.0.0.1:${port}, folder: gate } }
versions:
  - { name: v1, url: '${stores[0]?.url ?? ''}' }
  - { name: v2, url: '${stores[1]?.url ?? ''}' }
segments:
  - { header: x-beta, equals: 'yes', version: v2 }
rollout:
  candidate: v2
  steps: [20, 60, 100]
  interval: 500ms
  deadline: 10m
  judge:
    - task: collect-metrics
      with:
        templates: { store: store.tpl }
        values: { redis: '\${REDIS_ADDRESS}', version: v2 }
        settle: 300ms
    - task: assess
      with: { SLOs: { upper: [{ metric: store/error-rate, limit: 0.2, confidence: 0.95 }] } }
`,
  );
  expect(await release(folder, variables(), 'apply')).toMatchObject({ code: 0 });
  return port;
}

it('rolls a version that fails back, and only the share of the step met it', async () => {
  const port = await startStores('1');
  const url = `http://127.0.0.1:${port}/api/store/join`;
  const users = startUsers(url, 8);
  const run = startRelease(folder, variables(), 'run');
  const { code, out } = await run.ended;
  const { answers, failures } = await users.stop();
  expect([code, out]).toEqual([1, expect.stringMatching(/"rolling back".*store\/error-rate at most 0\.2, got 1/)]);
  expect(out).not.toContain('"weight":60');
  // All that failed came from the one version, and those who met it are at most the share of the step.
  expect(failures.length).toBeGreaterThan(0);
  expect(failures.every((failure) => failure.startsWith('500 '))).toBe(true);
  const standardDeviation = Math.sqrt(answers * 0.2 * 0.8);
  expect(failures.length).toBeLessThanOrEqual(answers * 0.2 + 5 * standardDeviation);
  // From now on nobody does, not even those whom a segment sent there.
  for (let count = 0; count < 100; count += 1) expect((await ask(url)).status).toBe(200);
  expect((await ask(url, { headers: { 'x-beta': 'yes' } })).status).toBe(200);
}, 300_000);

it('rolls a good version out by what it records itself, without one failed request', async () => {
  const port = await startStores('0');
  const users = startUsers(`http://127.0.0.1:${port}/api/store/join`, 4);
  const { code } = await release(folder, variables(), 'run');
  const { failures, answers } = await users.stop();
  expect([code, failures, answers > 0]).toEqual([0, [], true]);
}, 300_000);
