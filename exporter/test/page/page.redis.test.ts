import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startBrowser, startRedisServer, type Browser, waitFor } from '@redmeter/test-servers';
import { temporaryFolder, useRedisServer } from '@redmeter/test-servers/jest';
import bcrypt from 'bcrypt';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { declare, writeIndexed } from '../reading/redis-state.js';
import { startTestExporter, type TestExporter } from '../test-exporter.js';
import { openPage, type BrowserPage } from './browser-page.js';

const server = useRedisServer({ flushBeforeEach: true });
let exporter: TestExporter;
let browser: Browser;
let opened: BrowserPage | undefined;
beforeAll(async () => {
  exporter = await startTestExporter(server.url);
  browser = await startBrowser();
});
beforeEach(async () => {
  await declare(server.client, 'wait_ms', {
    type: 'histogram',
    help: 'Time in the queue.',
    unit: 'ms',
    bounds: [5, 10],
  });
  await writeIndexed(server.client, {
    'metrics:counter:jobs_total:queue=mail,region=eu': '{"type":"counter","value":5}',
    'metrics:counter:jobs_total:queue=pay,region=us': '{"type":"counter","value":7}',
    'metrics:gauge:temperature': '21.5',
    'metrics:histogram:wait_ms:queue=mail': '{"count":7,"sum":42,"bounds":[5,10],"counts":[1,4,2]}',
  });
});
afterEach(async () => {
  const complaints = opened?.complaints;
  await opened?.close();
  opened = undefined;
  expect(complaints).toEqual([]);
});
afterAll(async () => {
  await browser.close();
  await exporter.stop();
});

const open = async (url = exporter.url, hash = '', options = {}): Promise<BrowserPage> =>
  (opened = await openPage(browser, `${url}/${hash}`, options));
const untilNames = async (page: BrowserPage, names: readonly string[]): Promise<void> => {
  let last: string[] = [];
  await waitFor(async () => {
    last = await page.names();
    return JSON.stringify(last) === JSON.stringify(names);
  }).catch(() => expect(last).toEqual(names));
};
const ALL = ['jobs_total', 'temperature', 'wait_ms'];

describe('the page', () => {
  it('shows families with type, help and series, and follows Redis', async () => {
    const at = await open(exporter.url, '#open=jobs_total&open=wait_ms');
    await untilNames(at, ALL);
    await at.untilText(at.page.locator('#status-text'), 'Live');
    await at.untilText(at.family('wait_ms').locator('.type'), 'histogram');
    await at.untilText(at.family('wait_ms').locator('.help'), 'Time in the queue.');
    await at.untilText(at.family('jobs_total').locator('.count'), '2 series');
    await at.untilText(at.family('temperature').locator('.main'), '21.5');
    await at.untilText(at.family('wait_ms').locator('.main'), 'p95 10.0 ms');
    const total = at.family('jobs_total').locator('tbody tr', { hasText: 'mail' }).locator('td[data-name=Total]');
    await at.untilText(total, '5');
    expect(await at.family('wait_ms').locator('tbody td.number').allTextContents()).toEqual([
      '7',
      expect.stringMatching(/\/s$/),
      '6.00 ms',
      '8.13 ms',
      '10.0 ms',
      '10.0 ms',
    ]);
    await writeIndexed(server.client, {
      'metrics:counter:jobs_total:queue=mail,region=eu': '{"type":"counter","value":65}',
    });
    await at.untilText(total, '65');
    await at.untilText(at.family('jobs_total').locator('.main'), /^[1-9][\d.]*\/s$/);
    await at.family('jobs_total').locator('.plot path').nth(1).waitFor({ state: 'attached' });
    await server.client.del('metrics:gauge:temperature');
    await untilNames(at, ['jobs_total', 'wait_ms']);
    expect(at.requests.filter((url) => new URL(url).origin !== exporter.url)).toEqual([]);
  });

  it('shows native histograms', async () => {
    await writeIndexed(server.client, {
      // All in (4, 8], where percentiles are interpolated by powers.
      'metrics:histogram:wait_ms:queue=mail':
        '{"count":8,"sum":48,"schema":0,"zeroThreshold":0,"zeroCount":0,"positive":{"indexes":[3],"counts":[8]}}',
    });
    const at = await open(exporter.url, '#open=wait_ms');
    await at.untilText(at.family('wait_ms').locator('.main'), 'p95 7.73 ms');
    expect(await at.family('wait_ms').locator('tbody td.number').allTextContents()).toEqual([
      '8',
      expect.stringMatching(/\/s$/),
      '6.00 ms',
      '5.66 ms',
      '7.73 ms',
      '7.94 ms',
    ]);
  });

  it('filters by texts and labels', async () => {
    const at = await open();
    for (const [query, names] of [
      ['jobs', ['jobs_total']],
      ['QUEUE', ['jobs_total', 'wait_ms']],
      ['queue=mail region!=eu', ['wait_ms']],
      ['queue=p*', ['jobs_total']],
      ['', ALL],
      ['queue=none', []],
    ] as const) {
      await at.page.getByRole('searchbox').fill(query);
      await untilNames(at, names);
      const count = names.length === ALL.length ? '3 metrics' : `${names.length} of 3 metrics`;
      await at.untilText(at.page.locator('#found'), count);
    }
    await at.page.getByRole('heading', { name: 'No match' }).waitFor();
  });

  it('filters by type, and by a label that is clicked; the address keeps both', async () => {
    const at = await open();
    await untilNames(at, ALL);
    await at.page.getByRole('radio', { name: 'Counters' }).check();
    await untilNames(at, ['jobs_total']);
    await at.family('jobs_total').locator('button.name').click();
    await at.page.getByRole('button', { name: 'filter by queue pay' }).click();
    await at.untilText(at.family('jobs_total').locator('.count'), '1 series');
    expect(await at.page.getByRole('searchbox').inputValue()).toBe('queue=pay');
    expect(at.page.url()).toBe(`${exporter.url}/#q=queue%3Dpay&open=jobs_total&type=counter`);
    await at.page.reload();
    await at.untilText(at.family('jobs_total').locator('.count'), '1 series');
  });

  it('is used by keyboard alone', async () => {
    const at = await open();
    await untilNames(at, ALL);
    const { keyboard } = at.page;
    const focused = at.page.locator(':focus');
    await keyboard.press('/');
    await keyboard.type('queue');
    await untilNames(at, ['jobs_total', 'wait_ms']);
    await keyboard.press('ArrowDown');
    await at.untilText(focused, 'jobs_total');
    await keyboard.press('ArrowDown');
    await at.untilText(focused, 'wait_ms');
    await keyboard.press('Enter');
    await at.family('wait_ms').locator('tbody tr').waitFor();
    expect(await focused.getAttribute('aria-expanded')).toBe('true');
    // The focus stays while values come.
    await writeIndexed(server.client, { 'metrics:gauge:queue_length': '3' });
    await untilNames(at, ['jobs_total', 'queue_length', 'wait_ms']);
    await at.untilText(focused, 'wait_ms');
    expect(await at.page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
    await keyboard.press('Enter');
    await at.family('wait_ms').locator('.open').waitFor({ state: 'detached' });
    await keyboard.press('Escape');
    await untilNames(at, ['jobs_total', 'queue_length', 'temperature', 'wait_ms']);
  });

  it('shows all that is controlled from outside as text', async () => {
    const evil = '<img src=x onerror=alert(1)>"\'><script>alert(2)</script>';
    const part = encodeURIComponent(evil);
    await declare(server.client, 'evil_total', { type: 'counter', help: evil, unit: evil });
    await writeIndexed(server.client, {
      [`metrics:counter:evil_total:q=${part}`]: '3',
      [`metrics:gauge:redmeter_writer_last_flush_timestamp_seconds:writer=${part}`]: String(Date.now() / 1000),
      [`metrics:counter:${evil}:q=1`]: '1',
    });
    const at = await open(exporter.url, `#open=evil_total&open=${part}&q=evil`);
    await untilNames(at, ['evil_total']);
    await at.untilText(at.family('evil_total').locator('.help'), evil);
    await at.untilText(at.family('evil_total').locator('.chip .value'), evil);
    await at.untilText(at.page.locator('#writers tbody th'), evil);
    await at.page.locator('.chip').click();
    expect(await at.page.getByRole('searchbox').inputValue()).toMatch(/^evil q="<img /);
    await at.untilText(at.page.locator('#found'), '1 of 4 metrics');
    expect(await at.page.locator('img').count()).toBe(1);
    expect(await at.page.locator('script').count()).toBe(1);
  });

  it('shows which keys are skipped and why, which families are largest, and how old each writer’s last flush is', async () => {
    await writeIndexed(server.client, {
      'metrics:gauge:broken': 'nope',
      'metrics:gauge:redmeter_writer_last_flush_timestamp_seconds:writer=worker-1': String(Date.now() / 1000 - 300),
      'metrics:counter:redmeter_writer_flush_failures_total:writer=worker-1': '2',
      'metrics:counter:redmeter_writer_dropped_total:reason=x,writer=worker-1': '40',
    });
    const at = await open();
    await at.untilText(at.page.locator('#skipped dt'), 'invalid_json1');
    await at.untilText(at.page.locator('#skipped dd'), 'The stored value is not JSON.');
    await at.untilText(at.page.locator('#writers tbody th'), 'worker-12 failed flushes, 40 dropped');
    await at.untilText(at.page.locator('#writers td'), '5 min ago');
    // Three buckets with +Inf, sum, count and three percentiles.
    await at.untilText(at.page.locator('#largest li'), 'wait_ms8');
    await at.page.locator('#largest').getByRole('button', { name: 'temperature' }).click();
    await at.untilText(at.page.locator(':focus'), 'temperature');
  });

  it('shows the step of a release and the shares of its versions, and follows them', async () => {
    const at = await open();
    const panel = at.page.locator('#releases');
    await untilNames(at, ALL);
    expect(await at.page.getByRole('heading', { name: 'Releases' }).isVisible()).toBe(false);
    const write = (step: number, percent: number): Promise<void> =>
      writeIndexed(server.client, {
        'metrics:gauge:redmeter_release_state:application=shop,state=applying': '0',
        'metrics:gauge:redmeter_release_state:application=shop,state=observing': '1',
        'metrics:gauge:redmeter_release_step:application=shop': String(step),
        'metrics:gauge:redmeter_release_steps:application=shop': '4',
        'metrics:gauge:redmeter_release_weight_percent:application=shop,version=v1': String(100 - percent),
        'metrics:gauge:redmeter_release_weight_percent:application=shop,version=v2': String(percent),
      });
    await write(1, 10);
    await at.untilText(panel.locator('p'), 'shop: observing, step 1 of 4');
    await write(2, 25);
    await at.untilText(panel.locator('p'), 'shop: observing, step 2 of 4');
    expect(await panel.locator('li').allTextContents()).toEqual(['v175 %', 'v225 %']);
    expect(await panel.locator('li[data-version=v2] meter').getAttribute('value')).toBe('25');
    expect(await at.page.getByRole('heading', { name: 'Releases' }).isVisible()).toBe(true);
  });

  it('shows a part of a metric with many series and how many more there are', async () => {
    const values = Array.from({ length: 2000 }, (_, i) => [`metrics:gauge:many:i=${10_000 + i}`, String(i)] as const);
    await writeIndexed(server.client, Object.fromEntries(values));
    const at = await open(exporter.url, '#open=many');
    const rows = at.family('many').locator('tbody tr');
    await rows.first().waitFor();
    expect(await rows.count()).toBe(50);
    const more = at.page.getByRole('button', { name: '1,950 more, show them' });
    await more.click();
    await at.page.getByRole('button', { name: '1,750 more, show them' }).waitFor();
    expect(await rows.count()).toBe(250);
  });

  it('stops and goes on', async () => {
    const at = await open();
    await untilNames(at, ALL);
    await at.page.getByRole('button', { name: 'Pause' }).click();
    await at.untilText(at.page.locator('#status-text'), 'Paused');
    await waitFor(async () => (await exporter.metrics()).includes('redmeter_exporter_page_viewers 0\n'));
    await writeIndexed(server.client, { 'metrics:gauge:temperature': '30' });
    await at.page.getByRole('button', { name: 'Pause' }).click();
    await at.untilText(at.family('temperature').locator('.main'), '30');
  });

  it.each([
    [320, 'light'],
    [700, 'light'],
    [1010, 'dark'],
    [1280, 'dark'],
  ] as const)('fits a screen of %i pixels, %s', async (width, colorScheme) => {
    const value = '{"count":7000,"sum":82000,"bounds":[25,50],"counts":[6000,900,100]}';
    await writeIndexed(server.client, { 'metrics:histogram:wait_ms:endpoint=look-around,method=GET': value });
    const at = await open(exporter.url, '#open=jobs_total&open=wait_ms', {
      viewport: { width, height: 800 },
      colorScheme,
    });
    await at.family('wait_ms').locator('tbody tr', { hasText: 'look-around' }).waitFor();
    expect(await at.page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    const hidden = "[...document.querySelectorAll('.scroll, .top')].map((one) => one.scrollWidth - one.clientWidth)";
    expect(await at.page.evaluate(hidden)).toEqual([0, 0, 0]);
    const rows = (await at.page.locator('.top .button').all()).map(async (button) => (await button.boundingBox())?.y);
    expect(new Set(await Promise.all(rows)).size).toBe(1);
    const ground = await at.page.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(ground).toBe(colorScheme === 'dark' ? 'rgb(15, 18, 22)' : 'rgb(245, 246, 248)');
  });
});

describe('when Redis', () => {
  it('is empty, the page shows it', async () => {
    await server.client.flushall();
    const at = await open();
    await at.page.getByRole('heading', { name: 'No metrics yet' }).waitFor();
  });

  it('is down, the page shows that and that its values are old; when it is back, the page continues', async () => {
    const own = await startRedisServer();
    const other = await startTestExporter(own.url);
    await writeIndexed(await own.connect(), { 'metrics:counter:jobs_total': '5' });
    const at = await open(other.url);
    await untilNames(at, ['jobs_total']);
    await own.stop();
    await at.untilText(at.page.getByRole('alert'), /^Redis cannot be read: .+ The values below are old\.$/);
    await at.untilText(at.page.locator('#status-text'), 'Redis down');
    const again = await startRedisServer({ port: own.port });
    await writeIndexed(await again.connect(), { 'metrics:counter:tasks_total': '7' });
    await untilNames(at, ['tasks_total']);
    await at.untilText(at.page.locator('#status-text'), 'Live');
    expect(await at.page.getByRole('alert').count()).toBe(0);
    await other.stop();
    await again.stop();
  });
});

it('requires the user of the web configuration once, for the page and its events', async () => {
  const folder = temporaryFolder();
  const webConfigFile = join(folder, 'web.yml');
  writeFileSync(webConfigFile, `basic_auth_users:\n  alice: ${bcrypt.hashSync('sesame', 4)}\n`);
  const guarded = await startTestExporter(server.url, { webConfigFile });
  const at = await open(guarded.url, '', { httpCredentials: { username: 'alice', password: 'sesame' } });
  await untilNames(at, ALL);
  for (const path of ['/', '/page/main.js', '/page/events']) {
    expect((await fetch(guarded.url + path)).status).toBe(401);
  }
  await guarded.stop();
});
