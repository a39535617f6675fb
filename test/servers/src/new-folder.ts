import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Makes an empty folder among the temporary ones, and returns its path. The caller removes it. */
export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'redmeter-test-'));
}
