import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startBrowser, type Browser, waitFor } from '@redmeter/test-servers';
import { startTestStack, type TestStack } from './test-stack.js';

let stack: TestStack;
let browser: Browser;

beforeAll(async () => {
  stack = await startTestStack({
    exporter: 'native',
    parts: ['redis', 'store', 'native'],
    storeEnvironment: { HANDLER_DELAY_MS: '0', METRICS_FLUSH_INTERVAL_MS: '500' },
  });
  browser = await startBrowser();
});

afterAll(async () => {
  await browser.close();
  await stack.stop();
});

it('shows a request to the store on the page of the native exporter, without being asked', async () => {
  const origin = new URL(stack.urls.native ?? '').origin;
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== origin) complaints.push(`a request to ${request.url()}`);
  });
  await page.goto(`${origin}/#open=user_events`);
  const joined = page.locator('#series-user_events tbody tr', { hasText: 'joined' }).locator('td[data-name=Total]');
  await joined.waitFor({ timeout: 60_000 });
  for (const total of ['1', '2']) {
    await fetch(`${stack.storeUrl}/join`);
    await waitFor(async () => (await joined.textContent()) === total, `the page shows ${total}`);
  }
  await waitFor(
    async () => (await page.locator('#writers td').textContent())?.endsWith(' ago') === true,
    'the page shows the last flush of the store',
  );
  expect(complaints).toEqual([]);
});
