import type { Browser, BrowserContextOptions, Locator, Page } from '@redmeter/test-servers';
import { waitFor } from '@redmeter/test-servers';

/** The page in a browser, and what the browser had to say of it. */
export interface BrowserPage {
  readonly page: Page;
  /** Messages on the console, errors and dialogs. */
  readonly complaints: readonly string[];
  /** Addresses of requests. */
  readonly requests: readonly string[];
  /** A family in the list. */
  family(name: string): Locator;
  /** The names of the families that are listed. */
  names(): Promise<string[]>;
  /** Waits until an element's text fits. */
  untilText(locator: Locator, text: string | RegExp): Promise<void>;
  close(): Promise<void>;
}

/** Opens the page and waits for its first values. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<BrowserPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => requests.push(request.url()));
  page.setDefaultTimeout(30_000);
  await page.goto(url);
  return {
    page,
    complaints,
    requests,
    family: (name) => page.locator('.family', { has: page.getByRole('button', { name, exact: true }) }),
    names: async () => page.locator('button.name').allTextContents(),
    async untilText(locator, text) {
      let last = '';
      const fits = (): boolean => (typeof text === 'string' ? last === text : text.test(last));
      await waitFor(async () => {
        last = (await locator.first().textContent()) ?? '';
        return fits();
      }).catch((error: unknown) => {
        throw new Error(`expected ${String(text)}, got ${JSON.stringify(last)}`, { cause: error });
      });
    },
    close: async () => context.close(),
  };
}
