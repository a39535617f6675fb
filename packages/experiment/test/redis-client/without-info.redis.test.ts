import { afterEach, expect, it } from '@jest/globals';
import { startRedisServer, startRefusingProxy, type CommandFate } from '@redmeter/test-servers';
import { askRedisBackend } from '../../src/backends/redis-backend.js';
import { settledSnapshot } from '../../src/backends/settled-snapshot.js';
import { openMetricsStore } from '../../src/store/open-metrics-store.js';
import { makeCommandFolder } from '../cli/command-run.js';

/** What writing and reading do not need. */
const NOT_NEEDED = ['INFO', 'HELLO', 'CLIENT'];

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

it.each<CommandFate>(['error', 'hang up'])(
  'store, back end and ready use a Redis behind a proxy that knows no INFO: %s',
  async (fate) => {
    const server = await startRedisServer();
    stops.push(() => server.stop());
    await (await server.connect()).set('metrics:counter:jobs', '5');
    const proxy = await startRefusingProxy(server.port, (name) => (NOT_NEEDED.includes(name) ? fate : 'passed'));
    stops.push(() => proxy.stop());

    const store = await openMetricsStore({ metricsImplementation: 'redis', metricsRedisAddress: proxy.url });
    await store.setVersions('shop', [{ version: 'v1', signature: '', weight: 1 }]);
    expect((await store.lookup('shop', 'ann')).version).toBe('v1');
    await store.close();

    expect(await askRedisBackend(proxy.url, 5000, new AbortController().signal)).toMatchObject({
      json: expect.stringContaining('"jobs"'),
    });
    expect(proxy.commands.filter((name) => NOT_NEEDED.includes(name))).toEqual([]);

    // Evictions are asked about, but need not be told.
    const { signal } = new AbortController();
    const settled = await settledSnapshot(proxy.url, { settleMs: 0, timeoutMs: 5000, signal });
    expect(settled).toMatchObject({ kind: 'done', value: { snapshot: { evictedKeys: undefined } } });
    const asked = proxy.commands.length;
    expect(proxy.commands).toContain('INFO');

    const folder = makeCommandFolder();
    await folder.write('experiment.yaml', `- task: ready\n  with: {redis: "${proxy.url}", timeout: 20s}\n`);
    expect(await folder.run('run')).toMatchObject({ code: 0 });
    expect(proxy.commands.slice(asked).filter((name) => NOT_NEEDED.includes(name))).toEqual([]);
  },
);
