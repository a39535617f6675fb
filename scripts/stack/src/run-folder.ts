import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PartName } from './part-name.js';

/** Everything one run of the stack writes, in one folder that goes with it. */
export interface RunFolder {
  readonly path: string;
  /** A part's own folder, made when first asked for. */
  of(part: PartName): string;
  /** The file that a part's output goes to. */
  logOf(part: PartName): string;
  remove(): void;
}

/** A new folder in the system's temporary one, readable by this user only. */
export function createRunFolder(): RunFolder {
  const path = mkdtempSync(join(tmpdir(), 'redmeter-stack-'));
  const logs = join(path, 'logs');
  mkdirSync(logs);
  return {
    path,
    of(part) {
      const folder = join(path, part);
      mkdirSync(folder, { recursive: true });
      return folder;
    },
    logOf: (part) => join(logs, `${part}.log`),
    remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 3 }),
  };
}
