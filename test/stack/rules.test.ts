import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { ruleFiles, ruleTestFiles } from '../prometheus/rule-files.js';

function promtool(...args: readonly string[]): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr, error } = spawnSync('promtool', args, { encoding: 'utf8' });
  if (error !== undefined) {
    throw new Error(`promtool could not be run (${error.message}); install it: apt-get install prometheus`);
  }
  return { status, output: stdout + stderr };
}

describe('promtool', () => {
  it('takes every file with rules', () => {
    const { status, output } = promtool('check', 'rules', ...ruleFiles);
    expect({ status, output }).toEqual({ status: 0, output: expect.not.stringContaining('FAILED') as unknown });
  });

  it.each(ruleTestFiles.map((path) => [path.replace(/.*\//, ''), path] as const))('passes %s', (_, path) => {
    const { status, output } = promtool('test', 'rules', path);
    expect({ status, output }).toEqual({ status: 0, output: expect.not.stringContaining('FAILED') as unknown });
  });
});
