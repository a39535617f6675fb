import { describe, expect, it } from '@jest/globals';
import { openMetricsStore } from '@redmeter/experiment';
import { startRedisServer, waitFor } from '@redmeter/test-servers';
import { temporaryFolder, useRedisServer } from '@redmeter/test-servers/jest';
import { startServeProcess } from '../../serve-process.js';
import { ask } from '../../test-service.js';

const server = useRedisServer();
const folder = temporaryFolder();

const variablesOf = (store: 'embedded' | 'redis'): Record<string, string> =>
  store === 'embedded'
    ? { METRICS_IMPLEMENTATION: 'embedded', METRICS_EMBEDDED_FOLDER: folder }
    : { METRICS_IMPLEMENTATION: 'redis', METRICS_REDIS_ADDRESS: server.url };

const BUILD = { version: 'v1', signature: '' };
const WRITERS = 8;

/** Writes values until the service is gone; the transactions that were acknowledged, and those that were sent. */
async function writeUntilItFails(url: string, application: string, onAcknowledged: (count: number) => void) {
  const acknowledged: string[] = [];
  const sent: string[] = [];
  await Promise.all(
    Array.from({ length: WRITERS }, async (_, writer) => {
      for (let index = 0; ; index += 1) {
        const transaction = `${writer}-${index}`;
        sent.push(transaction);
        try {
          const { status } = await ask(`${url}/v1/metrics`, {
            application,
            user: `user-${index % 10}`,
            metric: 'spent',
            value: 1,
            transaction,
          });
          if (status !== 204) return;
        } catch {
          // The service is gone.
          return;
        }
        acknowledged.push(transaction);
        onAcknowledged(acknowledged.length);
      }
    }),
  );
  return { acknowledged, sent };
}

describe.each(['embedded', 'redis'] as const)('with the %s store', (kind) => {
  it.each(['SIGKILL', 'SIGTERM'] as const)(
    '%s under load loses no value that was acknowledged, and a retry counts once',
    async (signal) => {
      const variables = variablesOf(kind);
      const application = `shop-${signal}`;
      const store = await openMetricsStore({}, variables);
      await store.setVersions(application, [{ ...BUILD, weight: 1 }]);
      const service = await startServeProcess([], variables);
      let ended: Promise<number | null> | undefined;
      const { acknowledged, sent } = await writeUntilItFails(service.url, application, (count) => {
        if (count >= 200) ended ??= service.end(signal);
      });
      expect(await ended).toBe(signal === 'SIGTERM' ? 0 : null);
      const stored = async (): Promise<number> =>
        (await store.aggregate(application, BUILD)).metrics['spent']?.overTransactions.count ?? 0;
      expect(acknowledged.length).toBeGreaterThanOrEqual(200);
      expect(await stored()).toBeGreaterThanOrEqual(acknowledged.length);

      const again = await startServeProcess([], variables);
      // All at once: each waits up to 100 ms for the next write to the store.
      const statuses = await Promise.all(
        sent.map(async (transaction) => {
          const user = `user-${Number(transaction.split('-')[1]) % 10}`;
          const value = { application, user, metric: 'spent', value: 1, transaction };
          return (await ask(`${again.url}/v1/metrics`, value)).status;
        }),
      );
      expect(new Set(statuses)).toEqual(new Set([204]));
      expect(await again.end('SIGTERM')).toBe(0);
      expect(await stored()).toBe(sent.length);
      await store.close();
    },
  );

  it('SIGTERM notes the users who were looked up', async () => {
    const variables = variablesOf(kind);
    const store = await openMetricsStore({}, variables);
    await store.setVersions('looked-up', [{ ...BUILD, weight: 1 }]);
    const service = await startServeProcess([], variables);
    for (let index = 0; index < 20; index += 1)
      await ask(`${service.url}/v1/lookup`, { application: 'looked-up', user: `u${index}` });
    expect(await service.end('SIGTERM')).toBe(0);
    expect((await store.aggregate('looked-up', BUILD)).numUsers).toBe(20);
    await store.close();
  });
});

it('several replicas on one Redis agree on every user, and take new weights', async () => {
  const variables = variablesOf('redis');
  const store = await openMetricsStore({}, variables);
  await store.setVersions('agreed', [
    { version: 'v1', signature: '', weight: 50 },
    { version: 'v2', signature: '', weight: 30 },
    { version: 'v3', signature: '', weight: 20 },
  ]);
  const replicas = await Promise.all([1, 2, 3].map(() => startServeProcess([], variables)));
  const versionsOf = (url: string): Promise<unknown[]> =>
    Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        const { json } = await ask(`${url}/v1/lookup`, { application: 'agreed', user: `user-${index}` });
        return (json as { version: string }).version;
      }),
    );
  const [first, ...others] = await Promise.all(replicas.map(({ url }) => versionsOf(url)));
  for (const other of others) expect(other).toEqual(first);
  expect(new Set(first)).toEqual(new Set(['v1', 'v2', 'v3']));
  await store.setVersions('agreed', [{ version: 'v4', signature: '', weight: 1 }]);
  // A second on a machine of its own; here other tests run too.
  for (const { url } of replicas) {
    let versions = await versionsOf(url);
    while (versions.some((version) => version !== 'v4')) versions = await versionsOf(url);
  }
  expect(await Promise.all(replicas.map(({ end }) => end('SIGTERM')))).toEqual([0, 0, 0]);
  await store.close();
});

it('goes on with the last weights while Redis is away, refuses values, and says so', async () => {
  const short = await startRedisServer();
  const variables = { METRICS_IMPLEMENTATION: 'redis', METRICS_REDIS_ADDRESS: short.url };
  const store = await openMetricsStore({}, variables);
  await store.setVersions('shop', [{ ...BUILD, weight: 1 }]);
  const service = await startServeProcess([], variables);
  await short.stop();
  expect(await ask(`${service.url}/v1/lookup`, { application: 'shop', user: 'ann' })).toMatchObject({
    json: { version: 'v1' },
  });
  expect(
    await ask(`${service.url}/v1/metrics`, { application: 'shop', user: 'ann', metric: 'm', value: 1 }),
  ).toMatchObject({
    status: 503,
    json: { code: 'unavailable', message: expect.stringMatching(/in Redis at/) },
  });
  await waitFor(async () => (await ask(`${service.url}/healthz`)).status === 503);
  await waitFor(
    () => service.printed().includes('lookups continue with the last known weights\n'),
    'the service says so',
  );
  expect(await service.end('SIGTERM')).toBe(0);
  await store.close();
});
