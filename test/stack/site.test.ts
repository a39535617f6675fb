import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { checkout } from '@redmeter/stack';
import { freePort, startBrowser, waitFor } from '@redmeter/test-servers';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { markdownFiles } from '../docs/markdown-files.js';
import { stepOf } from '../workflows/workflow-files.js';

type Browser = Awaited<ReturnType<typeof startBrowser>>;
type Page = Awaited<ReturnType<Browser['newPage']>>;

/** A page of each kind: written, with wide tables, generated. */
const PATHS = ['/', '/start', '/exporters', '/experiments/reference', '/api/redis-metrics', '/reference/command-line'];
const buildTimeoutMs = 240_000;

/** As GitHub Pages has it. */
const base = '/redmeter/';

let site: ChildProcess;
let output = '';
let url: string;
let browser: Browser;

beforeAll(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  site = spawn(process.execPath, [join(checkout, 'site/src/main.mjs'), '--serve', '--port', String(port)], {
    cwd: checkout,
    env: { ...process.env, SITE_BASE: base },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [site.stdout, site.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  browser = await startBrowser();
  await waitFor(
    () => {
      // A link that leads nowhere fails the build, too.
      if (site.exitCode !== null) throw new Error(`the site was not built: ${output}`);
      return fetch(`${url}${base}`).then(
        ({ ok }) => ok,
        () => false,
      );
    },
    'the site is served',
    buildTimeoutMs,
  );
}, buildTimeoutMs);
afterAll(async () => {
  await browser.close();
  if (site.exitCode !== null) return;
  const ended = once(site, 'exit');
  site.kill();
  await ended;
});

/** Opens a page that can reach nothing but the site, and gathers what goes wrong in it. */
async function open(
  path: string,
  look: { readonly colorScheme: 'light' | 'dark'; readonly width: number },
): Promise<{ readonly page: Page; readonly problems: string[] }> {
  const page = await browser.newPage({
    colorScheme: look.colorScheme,
    viewport: { width: look.width, height: 900 },
  });
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(message.text());
  });
  await page.route(
    (address) => address.origin !== url,
    (route) => {
      problems.push(`asks for ${route.request().url()}`);
      return route.abort();
    },
  );
  await page.goto(`${url}${base}${path.slice(1)}`);
  // Vue has taken the page over: what it complains of, it has said.
  await page.waitForFunction("document.querySelector('#app').__vue_app__ !== undefined");
  return { page, problems };
}

describe.each([
  { colorScheme: 'light', width: 1280 },
  { colorScheme: 'light', width: 390 },
  { colorScheme: 'dark', width: 1280 },
  { colorScheme: 'dark', width: 390 },
] as const)('the site, $colorScheme, $width pixels wide', (look) => {
  it.each(PATHS)('shows %s without errors, a network or scrolling sideways', async (path) => {
    const { page, problems } = await open(path, look);
    const shown = {
      beyond: await page.evaluate<number>(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      ),
      isDark: await page.evaluate<boolean>("document.documentElement.classList.contains('dark')"),
      unloaded: await page.evaluate<string[]>(
        '[...document.images].filter(({ complete, naturalWidth }) => complete && naturalWidth === 0).map(({ src }) => src)',
      ),
      heading: await page.locator('h1').first().innerText(),
    };
    await page.close();
    expect(problems).toEqual([]);
    expect(shown).toEqual({
      beyond: 0,
      isDark: look.colorScheme === 'dark',
      unloaded: [],
      heading: expect.stringMatching(/\w/) as unknown,
    });
  });
});

it('is what the workflow for GitHub Pages builds', () => {
  const { run, env } = stepOf('.github/workflows/site.yml', 'Build the site');
  expect([run, env]).toEqual(['npm run site', { SITE_BASE: '/${{ github.event.repository.name }}/' }]);
  const { scripts } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  expect(scripts['site']).toBe('node scripts/site.mjs');
  expect(readFileSync(join(checkout, 'scripts/site.mjs'), 'utf8')).toContain("import('../site/src/main.mjs')");
});

it('is searched without a network', async () => {
  const { page, problems } = await open('/start', { colorScheme: 'light', width: 1280 });
  await page.getByRole('button', { name: 'Search' }).first().click();
  await page.getByRole('searchbox').fill('incarnation');
  await page.locator('.result').filter({ hasText: 'Glossary' }).first().click();
  await page.waitForURL(/\/glossary/);
  await page.close();
  expect(problems).toEqual([]);
});

it('is read from page to page, in the order of its menu', async () => {
  const { page, problems } = await open('/start', { colorScheme: 'light', width: 390 });
  await page.getByRole('button', { name: 'Menu' }).click();
  await page.getByRole('link', { name: 'A tour of the running stack', exact: true }).click();
  await page.waitForURL(/\/tour$/);
  await page.locator('.pager-link.next').click();
  await page.waitForURL(/\/faq$/);
  await page.close();
  expect(problems).toEqual([]);
});

it('has every document under docs, and those of the packages for users', () => {
  const code = `import('./site/src/pages.mjs').then((pages) => console.log(JSON.stringify(pages.readSections())))`;
  const printed = execFileSync(process.execPath, ['-e', code], { cwd: checkout, encoding: 'utf8' });
  const sections = JSON.parse(printed) as { pages: { source: string; path: string }[] }[];
  const pages = sections.flatMap((section) => section.pages);
  const shown = pages.map(({ source }) => source);
  const documents = markdownFiles.filter((file) =>
    /^(?:docs|charts\/[^/]+|packages\/redis-metrics)\/.*\.md$/.test(file),
  );
  expect(documents.filter((file) => !shown.includes(file) && file !== 'docs/README.md')).toEqual([]);
  expect(new Set(pages.map(({ path }) => path)).size).toBe(pages.length);
  const missing = pages.filter(({ path }) => !existsSync(join(checkout, `site/dist/${path}.html`)));
  expect(missing).toEqual([]);
});
