import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeBlocksOf, root } from './markdown-files.js';

const DOCUMENT = 'docs/opentelemetry.md';
/** The programs with which the lane opentelemetry tests what the section "From Node, Python and Go" shows. */
const PROGRAMS = { mjs: 'node/record.mjs', python: 'python/record.py', go: 'go/main.go' };

const DECLARATION = /^(?:const|let) /;

const compact = (text: string): string => text.replace(/\s+/g, '');

it.each(Object.entries(PROGRAMS))('what is shown in %s is what is tested', (language, file) => {
  const program = compact(readFileSync(join(root, 'exporter/test/otlp/sdk', file), 'utf8'));
  const [block, ...others] = codeBlocksOf(DOCUMENT).filter((each) => each.language === language);
  const lines = (block?.text ?? '').split('\n').filter((line) => line !== '');
  expect([lines.length > 1, others]).toEqual([true, []]);
  // The programs pass on more than what is shown: a call may go on.
  const shown = lines.map((line) => compact(line.replace(DECLARATION, '')).replace(/\)$/, ''));
  expect(shown.filter((line) => !program.includes(line))).toEqual([]);
});

it('nginx is shown as it is tested', () => {
  const tested = compact(readFileSync(join(root, 'exporter/test/otlp/balancer.ts'), 'utf8'));
  const [block] = codeBlocksOf(DOCUMENT).filter(({ language }) => language === 'nginx');
  const location = /location[^]*?\}/.exec(block?.text ?? '')?.[0] ?? 'none';
  expect(tested).toContain(compact(location));
});
