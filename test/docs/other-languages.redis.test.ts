import { expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { codeBlocksOf, markdownFiles } from './markdown-files.js';

/** How each language's own program parses a text from standard input; it ends with 0 when it can. */
const PARSERS: Readonly<Record<string, readonly [program: string, ...args: string[]]>> = {
  php: ['php', '-l'],
  python: ['python3', '-c', 'import ast, sys; ast.parse(sys.stdin.read())'],
};

const blocks = markdownFiles.flatMap(codeBlocksOf).filter(({ language }) => ['php', 'python'].includes(language));

function parse(language: string, text: string): { readonly status: number | null; readonly output: string } {
  const [program = '', ...args] = PARSERS[language] ?? [];
  const input = language === 'php' ? `<?php\n${text}` : text;
  const { status, stdout, stderr, error } = spawnSync(program, args, { input, encoding: 'utf8' });
  if (error !== undefined) throw error;
  return { status, output: stdout + stderr };
}

it.each(blocks.map((block) => [block.language, `${block.file}:${block.line}`, block.text]))(
  'the %s of %s can be parsed',
  (language, _place, text) => {
    const { status, output } = parse(language, text);
    expect([status, output]).toEqual([0, expect.any(String)]);
  },
);

it('finds what cannot be parsed', () => {
  expect(['php', 'python'].map((language) => parse(language, 'f(\n').status)).not.toContain(0);
});
