import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startTlsRedisServer, type TlsRedisServer } from '@redmeter/test-servers';
import { askRedisBackend } from '../../src/backends/redis-backend.js';
import { openMetricsStore } from '../../src/store/open-metrics-store.js';
import { makeCommandFolder } from '../cli/command-run.js';

let server: TlsRedisServer;
beforeAll(async () => {
  server = await startTlsRedisServer();
});
afterAll(() => server.stop());

/** Why store, back end and ready cannot use a Redis. */
async function troubles(url: string): Promise<string[]> {
  const folder = makeCommandFolder();
  await folder.write('experiment.yaml', `- task: ready\n  with: {redis: "${url}", timeout: 3s}\n`);
  const [store, backend, ready] = await Promise.all([
    openMetricsStore({ metricsImplementation: 'redis', metricsRedisAddress: url }, {}).then(() => 'opened', String),
    askRedisBackend(url, 2000, new AbortController().signal),
    folder.run('run'),
  ]);
  return [store, JSON.stringify(backend), JSON.stringify(ready)];
}

it('store, back end and ready suggest a fix if the server expects TLS', async () => {
  for (const trouble of await troubles(server.tlsUrl.replace('rediss:', 'redis:'))) {
    expect(trouble).toContain('; if the server expects TLS, use rediss:// instead of redis://');
  }
});

it('store, back end and ready suggest a fix if the server does not speak TLS', async () => {
  for (const trouble of await troubles(server.url.replace('redis:', 'rediss:'))) {
    expect(trouble).toContain('; if the server does not speak TLS, use redis:// instead of rediss://');
  }
});
