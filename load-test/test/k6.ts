import { installGoTool } from '@redmeter/stack';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

/** How the real k6 can be had on this machine. */
export type K6Source =
  | { readonly kind: 'installed' }
  | { readonly kind: 'go'; readonly version: string }
  | { readonly kind: 'none'; readonly reason: string };

const root = join(__dirname, '../..');

/** Where k6 comes from: Go builds the release that docker-compose runs, else one on PATH is taken. */
export function k6Source(): K6Source {
  const image = parseEnv(readFileSync(join(root, '.env'), 'utf8'))['K6_IMAGE'] ?? '';
  const release = /:(\d+\.\d+\.\d+)$/.exec(image)?.[1];
  if (release === undefined) throw new Error(`K6_IMAGE in .env: expected a release as its tag, got ${image}`);
  if (answers('go')) return { kind: 'go', version: `v${release}` };
  if (answers('k6')) return { kind: 'installed' };
  return { kind: 'none', reason: 'neither Go nor k6 is on PATH' };
}

/**
 * The program itself; the first build takes minutes, and stays in `.tools/`.
 * @throws StackError `install-failed`
 */
export async function k6Program(source: K6Source): Promise<string> {
  switch (source.kind) {
    case 'installed':
      return 'k6';
    case 'go': {
      const { version } = source;
      const folder = join(root, `.tools/k6-${version}`);
      return installGoTool({ module: 'go.k6.io/k6', version, folder }, process.env);
    }
    case 'none':
      throw new Error(source.reason);
  }
}

function answers(program: 'go' | 'k6'): boolean {
  return spawnSync(program, ['version']).status === 0;
}
