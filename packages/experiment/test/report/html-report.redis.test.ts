// In this lane for its programs: the report as a real Chromium shows it.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startBrowser } from '@redmeter/test-servers';
import { assess } from '../../src/assess/assess.js';
import { htmlReport } from '../../src/report/html-report.js';
import { evenly, insightsOf, loadOf } from '../builders/insights.js';

let browser: Awaited<ReturnType<typeof startBrowser>>;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.close());

const hostile = '<img src=x onerror="document.title=\'forged\'">';
const timeline = {
  intervalSeconds: 1,
  points: [0, 1, 2].map((second) => ({ second, requests: 50, errors: second, meanMs: 7 + second, maxMs: 10 })),
};
const insights = assess(
  insightsOf(loadOf(evenly(200, 5, 10), { timeline }), loadOf(evenly(200, 20, 120), { timeline, errors: 2 })),
  [{ metric: 'built-in/p95', bound: 'upper', limit: 50 }],
  { max: [], min: ['built-in/mean-latency'] },
);
const html = htmlReport({
  startTime: '2026-11-20T12:00:00.000Z',
  numLoops: 1,
  numTasks: 1,
  numCompletedTasks: 1,
  failure: false,
  tasks: [{ name: 'http', state: 'completed' }],
  insights: { ...insights, versionNames: ['stable', hostile] },
  specText: `- run: echo '${hostile}'\n`,
});

it.each([
  ['wide and light', 1280, 'light'],
  ['narrow and dark', 390, 'dark'],
] as const)('is readable %s, asks for nothing and takes names for text', async (_what, width, colorScheme) => {
  const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme });
  const page = await context.newPage();
  const told: string[] = [];
  page.on('console', (message) => told.push(message.text()));
  page.on('pageerror', (error) => told.push(error.message));
  page.on('request', (request) => told.push(request.url()));
  await page.setContent(html);
  expect(told).toEqual([]);
  expect(await page.title()).not.toBe('forged');
  expect(await page.locator('img, script').count()).toBe(0);
  expect(await page.getByText(hostile).first().isVisible()).toBe(true);
  expect(await page.locator('figure > svg').count()).toBeGreaterThanOrEqual(3);
  const seen = await page.evaluate(`({
    overflow: document.documentElement.scrollWidth - innerWidth,
    chartText: document.querySelector('figure svg text').getBoundingClientRect().height,
    background: getComputedStyle(document.body).backgroundColor,
  })`);
  const { overflow, chartText, background } = seen as { overflow: number; chartText: number; background: string };
  expect(overflow).toBeLessThanOrEqual(0);
  expect(chartText).toBeGreaterThanOrEqual(9);
  const [red = 0] = /\d+/.exec(background)?.map(Number) ?? [];
  expect(red < 128 ? 'dark' : 'light').toBe(colorScheme);
  await context.close();
});

type PrintedReport = {
  scheme: string;
  text: string;
  columns: number[];
  chartText: number;
  overflow: number;
  /** By chart: of its lines, and of their samples in the legend. */
  strokes: [string[][], string[][]][];
};

it.each(['light', 'dark'] as const)(
  'prints in light colours, one column, its legends as lines, where screens are %s',
  async (colorScheme) => {
    // The width that margins leave of an A4 page.
    const context = await browser.newContext({ viewport: { width: 718, height: 1047 } });
    const page = await context.newPage();
    await page.emulateMedia({ media: 'print', colorScheme });
    await page.setContent(html);
    const seen = await page.evaluate<PrintedReport>(`(() => {
      const style = (element) => getComputedStyle(element);
      const stroke = (line) => [style(line).stroke, style(line).strokeDasharray, style(line).strokeWidth];
      return {
        scheme: style(document.documentElement).colorScheme,
        text: style(document.body).color,
        columns: [...document.querySelectorAll('.charts')].map((charts) => style(charts).gridTemplateColumns.split(' ').length),
        chartText: document.querySelector('figure svg text').getBoundingClientRect().height,
        overflow: document.documentElement.scrollWidth - innerWidth,
        strokes: [...document.querySelectorAll('figure')].map((figure) =>
          ['.line', '.key path'].map((lines) => [...figure.querySelectorAll(lines)].map(stroke))),
      };
    })()`);
    expect(seen).toMatchObject({ text: 'rgb(28, 32, 36)', columns: [1], scheme: 'normal' });
    expect(seen.overflow).toBeLessThanOrEqual(0);
    expect(seen.chartText).toBeGreaterThanOrEqual(12);
    expect(seen.strokes.length).toBeGreaterThanOrEqual(3);
    for (const [lines, keys] of seen.strokes) {
      expect(keys).toEqual(lines);
      expect(new Set(keys.map(([stroke]) => stroke)).size).toBe(2);
      expect(new Set(keys.map(([, dashes]) => dashes)).size).toBe(2);
    }
    await context.close();
  },
);
