import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { PrometheusClient, startBrowser, waitFor, type Browser, type Page } from '@redmeter/test-servers';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { npmStart, type NpmStart } from './npm-start-process.js';
import { startTestStack } from './test-stack.js';

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.close());

/** What the page says of the release: its state, and the shares of v1 and v2. */
async function shown(page: Page): Promise<string> {
  const parts = await page.locator('#releases p, #releases li').allTextContents();
  return parts.join(' ');
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

async function stopped(run: NpmStart): Promise<void> {
  run.signal('SIGINT');
  await run.exitCode;
}

it('npm start -- --release moves users to the second version, as the page and Prometheus show, and leaves nothing behind', async () => {
  const run = await npmStart(['--local', '--release'], { RELEASE_INTERVAL: '1s' });
  try {
    await run.untilSaid(/Press Ctrl-C to stop everything/, 180_000);
    const { release, native, candidate, prometheus } = run.ports;
    expect(run.said()).toMatch(new RegExp(`^candidate +http://localhost:${candidate}/api/store +healthy$`, 'm'));
    expect(run.said()).toMatch(new RegExp(`^release +http://localhost:${release} +healthy$`, 'm'));

    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${native}/`);
    const seen: string[] = [];
    await waitFor(
      async () => {
        const now = await shown(page);
        if (now !== '' && now !== seen.at(-1)) seen.push(now);
        return now === 'shop: promoted, step 4 of 4 v10 % v2100 %';
      },
      'the page shows that v2 has all users',
      180_000,
    );
    // Steps before the last one, unless this machine was too slow to look.
    expect(seen.length).toBeGreaterThan(1);

    const client = new PrometheusClient(`http://127.0.0.1:${prometheus}`);
    await waitFor(
      async () => (await client.value('redmeter_release_weight_percent{version="v2"}')) === 100,
      'Prometheus has the last weight',
    );
    const weights = await client.samples('redmeter_release_wanted_weight_percent{version="v2"}[15m]');
    expect(weights).toEqual([...weights].sort((a, b) => a - b));
    expect(new Set(weights).size).toBeGreaterThan(1);
    const versions = await client.query('sum by (version) (api_request_duration_ms_count{version!=""})');
    expect(versions.map(({ labels }) => labels['version']).sort()).toEqual(['v1', 'v2']);

    const [, folder = ''] = await run.untilSaid(/^Logs and data: (\S+)/m);
    await stopped(run);
    expect(await listens(release)).toBe(false);
    expect(existsSync(folder)).toBe(false);
  } finally {
    await stopped(run);
  }
});

it('rolls the second version back when it fails', async () => {
  const stack = await startTestStack({
    release: 'failing',
    parts: ['redis', 'store', 'candidate', 'release'],
    environment: { ...process.env, RELEASE_INTERVAL: '1s' },
  });
  try {
    const valueOf = async (series: string): Promise<number | undefined> => {
      const record = await stack.redis.get(`metrics:${series}`);
      return record === null ? undefined : (JSON.parse(record) as { value: number }).value;
    };
    await waitFor(
      async () => (await valueOf('gauge:redmeter_release_state:application=shop,state=rolled back')) === 1,
      'the second version is rolled back',
      180_000,
    );
    expect(await valueOf('counter:redmeter_release_rollbacks_total:application=shop')).toBe(1);
    expect(await valueOf('gauge:redmeter_release_weight_percent:application=shop,version=v2')).toBe(0);
    const join = `${stack.urls.release ?? ''}/api/store/join`;
    for (let count = 0; count < 20; count += 1) {
      const { status, headers } = await fetch(join);
      expect([status, headers.get('x-store-version')]).toEqual([200, 'v1']);
    }
  } finally {
    await stack.stop();
  }
});
