import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { markdownFiles, root, withoutCode } from './markdown-files.js';

const MAX_CELL_WORDS = 25;
/** Words with a common synonym: correct or fix, error, and so on. */
const UNCOMMON = /\b(?:mend(?:s|ed|ing)?|errands?|what became of|tells? of itself)\b/i;

const textOf = (file: string): string => readFileSync(join(root, file), 'utf8');
const linesOf = (file: string): number => textOf(file).trimEnd().split('\n').length;

describe('documents', () => {
  it.each(markdownFiles)('have facts in their tables, and paragraphs outside: %s', (file) => {
    const cells = withoutCode(textOf(file))
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .flatMap((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()));
    expect(cells.filter((cell) => cell.split(/\s+/).length > MAX_CELL_WORDS)).toEqual([]);
  });

  it.each(markdownFiles)('use common words: %s', (file) => {
    expect(
      withoutCode(textOf(file))
        .split('\n')
        .filter((line) => UNCOMMON.test(line)),
    ).toEqual([]);
  });

  it('have a README of at most 150 lines, and decisions of at most 40', () => {
    expect(linesOf('README.md')).toBeLessThanOrEqual(150);
    const decisions = markdownFiles.filter((file) => file.startsWith('docs/decisions/'));
    expect(decisions.filter((file) => linesOf(file) > 40)).toEqual([]);
  });

  it('explain in the glossary the words that have an exact meaning here', () => {
    const glossary = textOf('docs/glossary.md');
    for (const word of ['data set', 'incarnation', 'ledger', 'revision', 'family', 'shard']) {
      expect(glossary).toContain(`| **${word}**`);
    }
  });
});
