import { temporaryFolder } from '@redmeter/test-servers/jest';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const root = join(__dirname, '../..');
const program = join(root, 'scripts/model/main.mjs');
const GUARD = '#ifndef WITHOUT_LEDGER_CHECK';

describe('the check of the write protocol', () => {
  let folder: string;
  let model: string;
  beforeAll(async () => {
    folder = temporaryFolder();
    model = await readFile(join(root, 'model/protocol.pml'), 'utf8');
    expect(model.split(GUARD)).toHaveLength(2);
  });

  function check(...args: string[]): { status: number | null; out: string } {
    const env = { ...process.env, XDG_CACHE_HOME: folder };
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8', env });
    return { status, out: `${stdout}${stderr}` };
  }

  async function checkChanged(only: string, guard: string): Promise<{ status: number | null; out: string }> {
    const file = join(folder, 'changed.pml');
    await writeFile(file, model.replace(GUARD, guard));
    return check('--only', only, '--model', file);
  }

  it('passes when the protocol fails without a guard', () => {
    const { status, out } = check('--only', 'ledger check');
    expect(out).toMatch(/without: ledger check .*failed, as it must/);
    expect(status).toBe(0);
  });

  it('fails when the protocol passes without a guard', async () => {
    const { status, out } = await checkChanged('ledger check', '#if 1');
    expect(out).toMatch(/without: ledger check .*passed, UNEXPECTED/);
    expect(status).toBe(1);
  });

  it('fails when the protocol fails, and shows how', async () => {
    const { status, out } = await checkChanged('three keys', '#if 0');
    expect(out).toMatch(/three keys removed .*failed, UNEXPECTED/);
    expect(out).toMatch(/^three keys removed: ! 1$/m);
    expect(status).toBe(1);
  });

  it('refuses a part of no name', () => {
    const { status, out } = check('--only', 'nothing');
    expect(out).toMatch(/^--only: expected a part of one of two faults, .*; got nothing$/m);
    expect(status).toBe(1);
  });
});
