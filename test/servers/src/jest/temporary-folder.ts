import { afterAll } from '@jest/globals';
import { rmSync } from 'node:fs';
import { newFolder } from '../new-folder.js';

const folders: string[] = [];

// Jest loads this module again for each test file.
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** Makes an empty folder, which is removed after the tests of the file. Works anywhere: in a file, a hook or a test. */
export function temporaryFolder(): string {
  const folder = newFolder();
  folders.push(folder);
  return folder;
}
