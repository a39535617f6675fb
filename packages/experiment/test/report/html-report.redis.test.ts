// In this lane for its programs: the report as a real Chromium shows it.
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from '@jest/globals';
import { startBrowser } from '@redmeter/test-servers';
import { temporaryFolder } from '@redmeter/test-servers/jest';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { assess } from '../../src/assess/assess.js';
import { htmlReport } from '../../src/report/html-report.js';
import type { Insights } from '../../src/result/experiment-result.js';
import { latencyPercentileMs } from '../../src/result/latency-percentile.js';
import type { LoadSummary } from '../../src/result/load-summary.js';
import type { Slo } from '../../src/result/slo.js';
import { evenly, insightsOf, loadOf } from '../builders/insights.js';

type Browser = Awaited<ReturnType<typeof startBrowser>>;
type BrowserContext = Awaited<ReturnType<Browser['newContext']>>;
type Page = Awaited<ReturnType<BrowserContext['newPage']>>;

const hostile = "<img src=x onerror=\"document.title='forged'\"></script><script>document.title='forged'</script>";
const timeline = {
  intervalSeconds: 1,
  points: [0, 1, 2].map((second) => ({ second, requests: 50, errors: second, meanMs: 7 + second, maxMs: 10 })),
};
const slos: Slo[] = [{ metric: 'built-in/p95', bound: 'upper', limit: 50, confidence: 0.95 }];

/** Two versions at three looks, with the service time beside. */
function looked(): Insights {
  const loadsAt = (look: number): LoadSummary[] =>
    [
      [5, 10],
      [20, 120],
    ].map(([from = 0, to = 0], version) =>
      loadOf(evenly(4000 * look, from, to), {
        ...{ timeline, seconds: 3, latencyFrom: 'due', errors: 3 * version },
        serviceTime: loadOf(evenly(4000 * look, from / 2, to / 2)).latency,
      }),
    );
  let insights = insightsOf(...loadsAt(1));
  for (const look of [1, 2, 3]) {
    const options = { isNewLook: true, plannedLooks: 3, time: `2026-11-20T12:0${look}:00.000Z` };
    const rewards = { max: [], min: ['built-in/mean-latency'] };
    insights = assess({ ...insights, loads: insightsOf(...loadsAt(look)).loads }, slos, rewards, options);
  }
  return { ...insights, versionNames: ['stable', hostile] };
}

const insights = looked();
const html = htmlReport({
  startTime: '2026-11-20T12:00:00.000Z',
  numLoops: 3,
  numTasks: 1,
  numCompletedTasks: 1,
  failure: false,
  tasks: [{ name: 'http', state: 'completed' }],
  insights,
  specText: `- run: echo '${hostile}'\n`,
});
const titles = [
  'built-in/p95 <= 50 (95 % sure)',
  ...['built-in/mean-latency', 'built-in/error-rate', 'Latency by percentile', 'Distribution of latency'],
  ...['Latency during the run', 'Rate during the run', 'Errors during the run'],
];

let browser: Browser;
const folder = temporaryFolder();
let url: string;
beforeAll(async () => {
  browser = await startBrowser();
  // As people open it: a file.
  writeFileSync(join(folder, 'report.html'), html);
  url = pathToFileURL(join(folder, 'report.html')).href;
});
afterAll(async () => {
  await browser.close();
});

let page: Page;
let said: string[];

async function open(options: Parameters<Browser['newContext']>[0]): Promise<void> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  page = await context.newPage();
  said = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(error.message));
  page.on('request', (request) => {
    if (request.url() !== url) said.push(request.url());
  });
  await page.goto(url);
  if (options?.javaScriptEnabled === false) return;
  await page
    .locator('.plot canvas')
    .nth(titles.length - 1)
    .waitFor();
  await drawn();
}

afterEach(() => page.context().close());

function figure(title: string): ReturnType<Page['locator']> {
  return page.locator('figure').nth(titles.indexOf(title));
}

/** Waits until what was asked to be drawn is. */
function drawn(): Promise<unknown> {
  return page.evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))');
}

/** How many pixels of a chart have each colour of the page, as it is where the test runs: light or dark. */
function pixels(title: string, names: readonly string[]): Promise<Record<string, number>> {
  return page.evaluate(`(() => {
    const names = ${JSON.stringify(names)};
    const canvas = document.querySelectorAll('figure canvas')[${titles.indexOf(title)}];
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const colours = names.map((name) => {
      const [, hex] = /#(\\w+)/.exec(getComputedStyle(document.documentElement).getPropertyValue('--' + name));
      const full = hex.length === 3 ? [...hex].map((digit) => digit + digit).join('') : hex;
      return [0, 2, 4].map((at) => parseInt(full.slice(at, at + 2), 16));
    });
    const counts = Object.fromEntries(names.map((name) => [name, 0]));
    for (let at = 0; at < data.length; at += 4) {
      if (data[at + 3] < 250) continue;
      colours.forEach(([red, green, blue], index) => {
        const apart = Math.abs(data[at] - red) + Math.abs(data[at + 1] - green) + Math.abs(data[at + 2] - blue);
        if (apart < 12) counts[names[index]] += 1;
      });
    }
    return counts;
  })()`);
}

/** By name of a colour: its contrast with the page and with the cards that charts stand on, the lesser one (WCAG 2.2). */
const CONTRASTS = `(() => {
  const luminance = (name) => {
    const hex = getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim().slice(1);
    const full = hex.length === 3 ? [...hex].map((digit) => digit + digit).join('') : hex;
    const [red, green, blue] = [0, 2, 4].map((at) => {
      const part = parseInt(full.slice(at, at + 2), 16) / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (one, other) => {
    const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  return Object.fromEntries(['text', 'soft', 'good', 'bad', 'open', 's0', 's1', 's2', 's3', 's4', 's5'].map((name) => [
    name, Math.min(contrast(name, 'back'), contrast(name, 'card')),
  ]));
})()`;

describe.each([
  ['wide and light', 1280, 'light'],
  ['wide and dark', 1280, 'dark'],
  ['narrow and light', 390, 'light'],
  ['narrow and dark', 390, 'dark'],
] as const)('the report, %s,', (_what, width, colorScheme) => {
  beforeEach(() => open({ viewport: { width, height: 800 }, colorScheme }));

  it('loads nothing, reports no error, fits and treats names as text', async () => {
    expect(said).toEqual([]);
    expect(await page.title()).not.toBe('forged');
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.locator('script:not([type])').count()).toBe(1);
    expect(await page.getByText(hostile).first().isVisible()).toBe(true);
    expect(await page.locator('figcaption').allTextContents()).toEqual(titles);
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    const edges = await page.evaluate<[number, number][]>(
      `[...document.querySelectorAll('figure')].map((figure) => [
        figure.querySelector('canvas').getBoundingClientRect().right, figure.getBoundingClientRect().right])`,
    );
    expect(edges).toHaveLength(titles.length);
    for (const [canvas, whole] of edges) expect(canvas).toBeLessThanOrEqual(whole);
  });

  it('draws both versions with axes and grid in each chart, in colours that contrast with the background', async () => {
    const background = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    expect(Number(/\d+/.exec(background)?.[0]) < 128 ? 'dark' : 'light').toBe(colorScheme);
    const contrasts = Object.entries(await page.evaluate<Record<string, number>>(CONTRASTS));
    expect(contrasts).toHaveLength(11);
    // 4.5 for text, 3 for lines.
    for (const [name, contrast] of contrasts)
      expect([name, contrast >= (/^s\d$/.test(name) ? 3 : 4.5)]).toEqual([name, true]);
    for (const title of titles) {
      const { s0 = 0, s1 = 0, soft = 0, line = 0 } = await pixels(title, ['s0', 's1', 'soft', 'line']);
      // A comparison shows the later version alone; a line may lie over another.
      expect([title, s0 + s1 > 30, soft > 10, line > 100]).toEqual([title, true, true, true]);
    }
  });
});

describe('a chart', () => {
  const curve = 'Latency by percentile';

  /** Where an x value is on the screen, as a share of the plot's width, and half way up. */
  async function place(title: string, share: number): Promise<{ x: number; y: number }> {
    const over = figure(title).locator('.u-over');
    await over.scrollIntoViewIfNeeded();
    const box = await over.boundingBox();
    if (box === null) throw new Error('expected a plot');
    return { x: box.x + box.width * share, y: box.y + box.height / 2 };
  }

  function readout(title: string): Promise<string[]> {
    return figure(title).locator('.readout:not([hidden]) > *').allTextContents();
  }

  /** What the result says of a percentile, as the readout shows it. */
  function expectedAt(percent: number): string[] {
    const ms = (latency: LoadSummary['latency'] | undefined): string =>
      latency === undefined ? '' : `${(latencyPercentileMs(latency, percent) ?? Number.NaN).toFixed(2)} ms`;
    const lines = ['stable', hostile].flatMap((name, version) => {
      const load = insights.loads[version]?.['built-in'];
      return [`${name}, from when due: ${ms(load?.latency)}`, `${name}, service time: ${ms(load?.serviceTime)}`];
    });
    return [`${percent} %`, ...lines];
  }

  it('has axes with units, and a legend of all versions', async () => {
    await open({});
    expect(await figure(curve).locator('.axis').allTextContents()).toEqual(['latency (ms)', 'percentile (%)']);
    expect(
      await figure(titles[0] ?? '')
        .locator('.axis')
        .allTextContents(),
    ).toEqual(['built-in/p95 (msec)', 'look']);
    expect(await figure('Rate during the run').locator('.legend li').allTextContents()).toEqual(['stable', hostile]);
  });

  it('shows under the pointer the values of the result', async () => {
    await open({});
    // The axis goes from 0 to 99.99 %, four nines: 99 % is half way.
    const { x, y } = await place(curve, 0.5);
    await page.mouse.move(x, y);
    expect(await readout(curve)).toEqual(expectedAt(99));
    const look = await place(titles[0] ?? '', 0.5);
    await page.mouse.move(look.x, look.y);
    const verdict = insights.looks?.history[1]?.verdicts[0]?.[1];
    expect(await readout(titles[0] ?? '')).toEqual([
      'look 2, 2026-11-20 12:02:00 UTC',
      expect.stringMatching(/^stable: ✓ satisfied: 9\.7\d \[9\.\d\d, 9\.\d\d at 95 %\] \(msec\)$/),
      expect.stringContaining(
        `✗ violated: ${verdict?.value?.toFixed(2)} [${verdict?.low?.toFixed(2)}, ${verdict?.high?.toFixed(2)} at 95 %]`,
      ),
    ]);
    expect(await readout(curve)).toEqual([]);
  });

  it('keeps what it shows within a narrow screen', async () => {
    await open({ viewport: { width: 390, height: 800 } });
    for (const share of [0.02, 0.5, 0.98]) {
      const { x, y } = await place(curve, share);
      await page.mouse.move(x, y);
      const box = await figure(curve).locator('.readout').boundingBox();
      expect(box?.x).toBeGreaterThanOrEqual(0);
      expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(390);
    }
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
  });

  it('is read with the keyboard', async () => {
    await open({});
    const plot = figure(curve).locator('.plot');
    await plot.focus();
    await page.keyboard.press('Home');
    expect(await readout(curve)).toEqual(expectedAt(0));
    await page.keyboard.press('ArrowRight');
    expect(await readout(curve)).toEqual(expectedAt(10));
    await page.keyboard.press('End');
    expect(await readout(curve)).toEqual(expectedAt(99.99));
    await page.keyboard.press('Escape');
    expect(await readout(curve)).toEqual([]);
    const distribution = 'Distribution of latency';
    await figure(distribution).locator('.plot').focus();
    await page.keyboard.press('Home');
    const [first = ''] = await figure(distribution).locator('tbody tr:first-child td:first-child').allTextContents();
    expect((await readout(distribution))[0]).toBe(first);
  });

  it('is read with a finger', async () => {
    await open({ hasTouch: true, viewport: { width: 390, height: 800 } });
    const { x, y } = await place(curve, 0.5);
    await page.touchscreen.tap(x, y);
    expect(await readout(curve)).toEqual(expectedAt(99));
  });

  it('hides a version by its button, and shows it again', async () => {
    await open({});
    const rates = figure('Latency during the run');
    const button = rates.locator('.legend button').first();
    const before = await pixels('Latency during the run', ['s0']);
    for (const index of [0, 1]) await rates.locator('.legend button').nth(index).click();
    await drawn();
    expect(await button.getAttribute('aria-pressed')).toBe('false');
    expect(await pixels('Latency during the run', ['s0'])).toEqual({ s0: 0 });
    for (const index of [0, 1]) await rates.locator('.legend button').nth(index).click();
    await drawn();
    expect(await pixels('Latency during the run', ['s0'])).toEqual(before);
  });

  it('is zoomed by dragging, and shown whole by a double click', async () => {
    await open({});
    const firstShown = async (): Promise<string | undefined> => {
      await figure(curve).locator('.plot').focus();
      await page.keyboard.press('Home');
      return (await readout(curve))[0];
    };
    const [from, to] = [await place(curve, 0.45), await place(curve, 0.8)];
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(to.x, to.y, { steps: 4 });
    await page.mouse.up();
    await drawn();
    expect(await firstShown()).toBe('99 %');
    await page.mouse.dblclick(to.x, to.y);
    await drawn();
    expect(await firstShown()).toBe('0 %');
  });

  it('is a table where no script runs', async () => {
    await open({ javaScriptEnabled: false });
    const details = figure(curve).locator('details');
    await details.locator('summary').click();
    const [, due, service] = expectedAt(99.9).map((line) => line.split(': ').at(-1));
    const row = details.locator('tr', { hasText: '99.9 %' });
    expect((await row.locator('td').allTextContents()).slice(0, 3).map((text) => text.trim())).toEqual([
      '99.9 %',
      due,
      service,
    ]);
    expect(await row.isVisible()).toBe(true);
  });
});

it.each(['light', 'dark'] as const)(
  'prints in light colours, one column, where screens are %s',
  async (colorScheme) => {
    // The width that margins leave of an A4 page.
    await open({ viewport: { width: 718, height: 1047 }, colorScheme });
    await page.emulateMedia({ media: 'print', colorScheme });
    await drawn();
    const seen = await page.evaluate(`({
    scheme: getComputedStyle(document.documentElement).colorScheme,
    text: getComputedStyle(document.body).color,
    columns: [...document.querySelectorAll('.charts')].map((charts) => getComputedStyle(charts).gridTemplateColumns.split(' ').length),
    overflow: document.documentElement.scrollWidth - innerWidth,
    keys: [...document.querySelectorAll('figure:last-of-type .key')].map((key) => getComputedStyle(key).stroke),
    values: getComputedStyle(document.querySelector('details')).display,
  })`);
    expect(seen).toEqual({
      ...{ scheme: 'normal', text: 'rgb(28, 32, 36)', columns: [1, 1, 1], overflow: 0, values: 'none' },
      keys: expect.arrayContaining(['rgb(31, 95, 191)', 'rgb(194, 65, 12)']),
    });
    // Drawn again, in the colours of paper.
    expect((await pixels('Rate during the run', ['s0', 's1']))['s1']).toBeGreaterThan(10);
    expect((await pixels('Rate during the run', ['soft']))['soft']).toBeGreaterThan(10);
  },
);
