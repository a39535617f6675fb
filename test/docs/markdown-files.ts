import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(__dirname, '../..');

const listing = ['ls-files', '--cached', '--others', '--exclude-standard', '*.md', ':!api', ':!.changeset'];

/** The Markdown files of the repository that people write for readers, relative to its root. */
export const markdownFiles = execFileSync('git', listing, { cwd: root, encoding: 'utf8' }).trim().split('\n');

/** A document without its fenced blocks, which hold no links or headings. */
export function withoutCode(markdown: string): string {
  return markdown.replace(/^( *)```[^]*?^\1```$/gm, '');
}

/** The anchors of a document's headings, as GitHub makes them. */
export function anchorsOf(markdown: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, title = ''] of withoutCode(markdown).matchAll(/^#{1,6} (.+)$/gm)) {
    const plain = title.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = plain.replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '').replaceAll(' ', '-');
    let unique = anchor;
    for (let number = 1; anchors.has(unique); number += 1) unique = `${anchor}-${number}`;
    anchors.add(unique);
  }
  return anchors;
}

/** A fenced block of a document. */
export type CodeBlock = {
  readonly file: string;
  readonly line: number;
  readonly language: string;
  readonly text: string;
};

/** The fenced blocks of a document, those in lists without their indentation. */
export function codeBlocksOf(file: string): CodeBlock[] {
  const markdown = readFileSync(join(root, file), 'utf8');
  return [...markdown.matchAll(/^( *)```(\w*)\n([^]*?)^\1```$/gm)].map(
    ([, indent = '', language = '', text = ''], index, all) => ({
      file,
      line: markdown.slice(0, all[index]?.index).split('\n').length,
      language,
      text: text.replace(new RegExp(`^${indent}`, 'gm'), ''),
    }),
  );
}

/** The code spans of a document's prose. */
export function codeSpansOf(file: string): string[] {
  const prose = withoutCode(readFileSync(join(root, file), 'utf8'));
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span);
}
