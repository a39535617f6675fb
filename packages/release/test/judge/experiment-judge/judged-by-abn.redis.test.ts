import { temporaryFolder } from '@redmeter/test-servers/jest';
import { afterEach, describe, expect, it } from '@jest/globals';
import { freePort, startRedisServer, waitFor, type RedisServer } from '@redmeter/test-servers';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openStoreAdapter } from '@redmeter/experiment';
import { startServeProcess, type ServeProcess } from '../../../../service/test/serve-process.js';
import { release, startRelease, type CommandProcess } from '../../cli/release-process.js';
import { startVersion, type VersionServer } from '../../gateway/version-server.js';

describe('a rollout that is judged by A/B/n', () => {
  let folder: string;
  let redis: RedisServer | undefined;
  let service: ServeProcess;
  let versions: VersionServer[];
  let variables: Record<string, string>;
  async function start(implementation: 'embedded' | 'redis'): Promise<void> {
    folder = temporaryFolder();
    redis = implementation === 'redis' ? await startRedisServer() : undefined;
    variables = {
      METRICS_IMPLEMENTATION: implementation,
      METRICS_REDIS_ADDRESS: redis?.url ?? '',
      METRICS_EMBEDDED_FOLDER: join(folder, 'store'),
    };
    versions = await Promise.all(['v1', 'v2'].map(startVersion));
    const store = await openStoreAdapter({}, variables);
    await store.abn.writeVersions('shop', [
      { version: 'v1', signature: '', weight: 50 },
      { version: 'v2', signature: '', weight: 50 },
    ]);
    await store.close();
    service = await startServeProcess([], variables);
    await writeFile(
      join(folder, 'release.yaml'),
      `application: shop
gateway: { nginx: { listen: 127.0.0.1:${await freePort()}, folder: gate } }
versions:
  - { name: v1, url: '${versions[0]?.url ?? ''}' }
  - { name: v2, url: '${versions[1]?.url ?? ''}' }
rollout:
  candidate: v2
  steps: [50, 100]
  interval: 300ms
  judge:
    - task: abnmetrics
      with: { application: shop }
    - task: assess
      with: { SLOs: { lower: [{ metric: abn/paid/user-mean, limit: 0.5, confidence: 0.9 }] } }
`,
    );
  }
  afterEach(async () => {
    await release(folder, variables, 'stop', 'shop');
    for (const version of versions) await version.stop();
    await service.end('SIGTERM');
    await redis?.stop();
  });

  /** Users of a version, each of whom gives the metric the same. */
  async function write(version: string, users: string, count: number, value: number): Promise<void> {
    const written = Array.from({ length: count }, async (_, index) => {
      const answer = await fetch(`${service.url}/v1/metrics`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({
          application: 'shop',
          user: `${users}-${index}`,
          metric: 'paid',
          value: value + (index % 2) / 10,
          version,
        }),
      });
      if (answer.status !== 204) throw new Error(await answer.text());
    });
    await Promise.all(written);
  }

  async function marked(before?: string): Promise<string> {
    const store = await openStoreAdapter({}, variables);
    try {
      return await waitFor(async () => {
        const mark = await store.abn.readMark('shop', 'release/shop');
        return mark === before ? undefined : mark;
      });
    } finally {
      await store.close();
    }
  }

  async function printed(run: CommandProcess, event: RegExp): Promise<void> {
    await waitFor(() => run.lines().some((line) => event.test(line)), String(event));
  }

  it.each(['embedded', 'redis'] as const)(
    'counts in the %s store what came after the step began, while it was killed too, and nothing before',
    async (implementation) => {
      await start(implementation);
      // Of an earlier time: bad, and enough to fail the candidate.
      await write('v2', 'early', 100, 0);
      const first = startRelease(folder, variables, 'run');
      const markOfFirstStep = await marked();
      await printed(first, /"event":"missing","weight":50/);
      first.kill('SIGKILL');
      await first.ended;
      // Nobody looks, and the service goes on.
      await write('v1', 'one', 60, 1);
      await write('v2', 'two', 60, 1);
      const second = startRelease(folder, variables, 'run');
      await printed(second, /"event":"satisfied","weight":50/);
      // What was good in the step before says nothing of this one.
      await marked(markOfFirstStep);
      await printed(second, /"event":"missing","weight":100/);
      await write('v2', 'three', 60, 1);
      expect(await second.ended).toMatchObject({ code: 0, error: '' });
      const store = await openStoreAdapter({}, variables);
      const insights = (await store.get('release/shop'))?.result.insights;
      await store.close();
      // The deciding look may come while the 60 are written, where the machine is slow.
      const users = Number(insights?.metricValues[1]?.['abn/user-count']);
      expect(users).toBeGreaterThan(0);
      expect(users).toBeLessThanOrEqual(60);
      expect(insights?.assignment).toMatchObject({ weights: [0, 10_000], exposed: [0, expect.any(Number)] });
    },
  );

  it('decides nothing where users are not split as the step says', async () => {
    await start('embedded');
    const run = startRelease(folder, variables, 'run');
    await marked();
    await write('v1', 'one', 100, 1);
    await write('v2', 'two', 20, 1);
    await printed(run, /sample ratio mismatch/);
    run.kill('SIGINT');
    expect((await run.ended).out).not.toContain('satisfied');
  });

  it('is missing data when the application is not there', async () => {
    await start('embedded');
    const file = join(folder, 'release.yaml');
    await writeFile(
      file,
      (await readFile(file, 'utf8')).replace('with: { application: shop }', 'with: { application: shp }'),
    );
    const run = startRelease(folder, variables, 'run');
    await printed(run, /"event":"missing".*one of shop, got \\"shp\\"/);
    run.kill('SIGINT');
    await run.ended;
  });
});
