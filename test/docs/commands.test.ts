import { beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { codeBlocksOf, codeSpansOf, markdownFiles, root } from './markdown-files.js';

const blocks = markdownFiles.flatMap(codeBlocksOf);
const named = (...languages: string[]) =>
  blocks
    .filter(({ language }) => languages.includes(language))
    .map((block) => [`${block.file}:${block.line}`, block.text] as const);

const shell = named('sh', 'bash');

/** Commands in shell blocks and in code spans, one to a line, without comments. */
const commands = [
  ...shell.flatMap(([place, text]) =>
    text
      .replaceAll('\\\n', ' ')
      .split(/\n|&&|;|\|/)
      .map((line) => [place, line.replace(/\s#.*$/, '').trim()] as const),
  ),
  ...markdownFiles.flatMap((file) => codeSpansOf(file).map((span) => [file, span] as const)),
];

/** The words after a program's name where a command calls it, directly or by npx, node or docker-compose. */
function callsOf(program: RegExp): (readonly [place: string, command: string, words: readonly string[]])[] {
  return commands.flatMap(([place, command]) => {
    const words = program.exec(command)?.[1]?.split(/\s+/);
    return words === undefined ? [] : [[place, command, words] as const];
  });
}

/** The flags among the words of a command; single letters too. */
const flagsOf = (words: readonly string[]): string[] =>
  words.filter((word) => /^--?[a-zA-Z]/.test(word)).map((word) => word.split('=', 1)[0] ?? '');

/** The text of a program's --help. */
function helpOf(file: string, ...subcommand: string[]): string {
  return execFileSync(process.execPath, [join(root, file), ...subcommand, '--help'], { encoding: 'utf8' });
}

describe('blocks in the documents', () => {
  it.each(shell)('are good shell: %s', (_place, text) => {
    const { status, stderr } = spawnSync('bash', ['-n'], { input: text, encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  });

  // Where it is not installed, npx would run the registry's package of that name, which is not ours.
  it.each(named('sh', 'bash', 'yaml', 'json'))('name the package that npx runs redmeter from: %s', (_place, text) => {
    expect(text).not.toMatch(/\bnpx (?:--?\S+ )*redmeter/);
  });

  it.each(named('yaml'))('are good YAML: %s', (_place, text) => {
    expect(parseAllDocuments(text).flatMap(({ errors }) => errors)).toEqual([]);
  });

  it.each(named('json'))('are good JSON: %s', (_place, text) => {
    // Several values may stand in one block, each on lines of its own.
    const values = text.trim().split(/\n(?=\{)/);
    for (const value of values) expect(() => void JSON.parse(value)).not.toThrow();
  });
});

describe('redmeter in the documents', () => {
  const calls = callsOf(/^(?:npx (?:-p @redmeter\/experiment |--no-install )?)?redmeter ([a-z].*)$/);
  const inCompose = callsOf(/^docker-compose run .*\bexperiment ([a-z].*)$/);
  const help = new Map<string, string>();
  const subcommandOf = (words: readonly string[]): string[] => {
    const [first = '', second = ''] = words;
    return ['abn', 'k', 'release', 'results'].includes(first) && /^[a-z]+$/.test(second) ? [first, second] : [first];
  };
  beforeAll(() => {
    for (const [, , words] of [...calls, ...inCompose]) {
      const subcommand = subcommandOf(words);
      const key = subcommand.join(' ');
      if (!help.has(key)) help.set(key, helpOf('packages/experiment/bin/redmeter.mjs', ...subcommand));
    }
  });

  it.each([...calls, ...inCompose])('has the command and its flags: %s: %s', (_place, _command, words) => {
    const subcommand = subcommandOf(words);
    const text = help.get(subcommand.join(' ')) ?? '';
    expect(text).toContain(`Usage: redmeter ${subcommand.join(' ')}`);
    for (const flag of flagsOf(words)) expect(text).toMatch(new RegExp(`(?:^|[\\s,])${flag}\\b`));
  });

  it('is called in many places', () => {
    expect(calls.length).toBeGreaterThanOrEqual(20);
  });
});

describe('redmeter-exporter in the documents', () => {
  const text = helpOf('exporter/bin/redmeter-exporter.mjs');
  const spans = markdownFiles.filter((file) => /export|operations/.test(file)).flatMap(codeSpansOf);

  it.each(callsOf(/^(?:npx )?redmeter-exporter (.*)$/))('has the flags: %s: %s', (_place, _command, words) => {
    for (const flag of flagsOf(words)) expect(text).toMatch(new RegExp(`(?:^|[\\s,])${flag}\\b`));
  });

  it('has the flags that its documents name', () => {
    const flags = spans
      .filter((span) => /^--(?:redis|web|push|max-series|scan-limit|counter-hold)/.test(span))
      .map((span) => span.split(/[ =]/, 1)[0] ?? '');
    expect(flags.length).toBeGreaterThan(5);
    for (const flag of new Set(flags)) expect(text).toContain(flag);
  });
});

describe('npm in the documents', () => {
  const scripts = (folder: string): string[] => {
    const file = join(root, folder, 'package.json');
    const { scripts: found = {} } = (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}) as {
      scripts?: Record<string, string>;
    };
    return Object.keys(found);
  };
  const calls = callsOf(/^(?:\w+=\S* )*npm ((?:run [a-z]|test|start|bench).*)$/);

  it.each(calls)('runs a script that there is: %s: %s', (place, _command, [first = '', second = '']) => {
    const folder = dirname(place.replace(/:\d+$/, ''));
    expect([...scripts('.'), ...scripts(folder)]).toContain(first === 'run' ? second : first);
  });
});

describe('files in the documents', () => {
  const paths = commands
    .flatMap(([place, command]) => command.split(/[\s"'()]+/).map((word) => [place, word] as const))
    .filter(([, word]) =>
      /^(?:packages|docs|scripts|configs|prometheus|grafana|exporter|app|benchmarks|examples|load-test|test)\/[\w./-]*\w$/.test(
        word,
      ),
    )
    // Compiled, or made by a command.
    .filter(([, word]) => !/\/(?:dist|results|targets)\//.test(word));

  it.each(paths)('exist: %s: %s', (place, path) => {
    const beside = join(root, dirname(place.replace(/:\d+$/, '')), path);
    expect([existsSync(join(root, path)), existsSync(beside)]).toContain(true);
  });
});
