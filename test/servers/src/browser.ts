import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/**
 * Starts the system's Chromium, without a window.
 * @throws Error when there is none on PATH
 */
export async function startBrowser(): Promise<Browser> {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const files = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  const executablePath = files.find(isExecutable);
  if (executablePath === undefined) throw new Error(`expected one of ${NAMES.join(', ')} on PATH, found none`);
  return chromium.launch({ executablePath, timeout: 60_000 });
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    // Not there, or not ours to run: the next may be.
    return false;
  }
}
