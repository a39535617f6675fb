import { describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '@redmeter/test-servers/jest';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { luaLiteral } from '../../src/script/lua-literal.js';
import { generateScript } from '../../src/script/script-constants.js';
import { SCRIPT } from '../../../../test/configs/redis-exporter/script.js';

describe("the script's constants", () => {
  it('match the format; `npm run generate` updates them', () => {
    expect(generateScript(SCRIPT, 'metrics')).toBe(SCRIPT);
  });

  it('are rewritten wherever they were changed by hand', () => {
    const changed = SCRIPT.replace('local MAX_LABELS = 10\n', 'local MAX_LABELS = 11\n');
    expect(changed).not.toBe(SCRIPT);
    expect(generateScript(changed, 'metrics')).toBe(SCRIPT);
  });

  it('differ by one line for another prefix', () => {
    expect(generateScript(SCRIPT, 'shop-2')).toBe(
      SCRIPT.replace("local PREFIX = 'metrics'\n", "local PREFIX = 'shop-2'\n"),
    );
  });

  it.each(['', 'a*', 'a:b', "a'", 'x-meta', 'ä', '[a]'])('refuse the prefix %j', (prefix) => {
    expect(() => generateScript(SCRIPT, prefix)).toThrow(
      `--prefix: expected letters, digits, "_", "." and "-", and not ending in "-meta", got "${prefix}"`,
    );
  });

  it('need their place in the script', () => {
    expect(() => generateScript('return {}', 'metrics')).toThrow(
      'the script: expected the lines "-- <generated>" and "-- </generated>"',
    );
  });
});

// Without what npm runs after it, which writes another package's files.
describe('npm run generate', () => {
  const root = join(__dirname, '../../../..');

  function generate(...args: string[]): { status: number | null; stdout: string; stderr: string } {
    const { status, stdout, stderr } = spawnSync(
      'npm',
      ['run', '--silent', '--ignore-scripts', 'generate', '--', ...args],
      {
        cwd: root,
        encoding: 'utf8',
      },
    );
    return { status, stdout, stderr: stderr.replace(/^npm warn.*\n/gm, '') };
  }

  it('writes the script for another prefix', () => {
    const folder = temporaryFolder();
    try {
      const output = join(folder, 'shop.lua');
      expect(generate('--prefix', 'shop', '--output', output)).toMatchObject({ status: 0, stderr: '' });
      expect(readFileSync(output, 'utf8')).toBe(generateScript(SCRIPT, 'shop'));
    } finally {
    }
  });

  it('reports in one line what is wrong', () => {
    expect(generate('--prefix', 'a*')).toEqual({
      status: 1,
      stdout: '',
      stderr: '--prefix: expected letters, digits, "_", "." and "-", and not ending in "-meta", got "a*"\n',
    });
    expect(generate('--prefx', 'a').stderr.split('\n')[0]).toMatch(/Unknown option '--prefx'/);
  });

  it('leaves the committed script as it is', () => {
    execFileSync('npm', ['run', '--silent', '--ignore-scripts', 'generate'], { cwd: root, stdio: 'ignore' });
    expect(readFileSync(join(root, 'configs/redis-exporter.lua'), 'utf8')).toBe(SCRIPT);
  });
});

describe('a Lua literal', () => {
  it.each([
    ['text', "it's a \\ and\na NUL\0 5", "'it\\'s a \\\\ and\\010a NUL\\000 5'"],
    ['a number', 0.1, '0.1'],
    ['a large number', 9_007_199_254_740_992, '9007199254740992'],
    ['a list', ['a', 1], "{ 'a', 1 }"],
    ['fields in snake case', { maxLabels: 10, x: ['y'] }, "{ max_labels = 10, x = { 'y' } }"],
  ])('of %s', (_name, value, literal) => {
    expect(luaLiteral(value)).toBe(literal);
  });

  it('has an element a line where it is too wide', () => {
    const long = 'x'.repeat(60);
    expect(luaLiteral([long, { a: long, b: long }])).toBe(
      `{\n  '${long}',\n  {\n    a = '${long}',\n    b = '${long}',\n  },\n}`,
    );
  });
});
