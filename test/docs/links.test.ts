import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { anchorsOf, markdownFiles, root, withoutCode } from './markdown-files.js';

type Link = { readonly target: string; readonly path: string; readonly anchor: string };

/** The links of a document that lead into the repository, pictures included. */
function linksOf(file: string): Link[] {
  const text = withoutCode(readFileSync(join(root, file), 'utf8')).replace(/`[^`\n]*`/g, '');
  return [...text.matchAll(/\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = '', anchor = ''] = target.split('#', 2);
      return { target, path: path === '' ? file : relative(root, resolve(root, dirname(file), path)), anchor };
    });
}

function isBroken({ path, anchor }: Link): boolean {
  const file = join(root, path);
  if (path.startsWith('..') || !existsSync(file)) return true;
  return anchor !== '' && path.endsWith('.md') && !anchorsOf(readFileSync(file, 'utf8')).has(anchor);
}

describe('links in Markdown', () => {
  it.each(markdownFiles)('lead to files and headings that exist: %s', (file) => {
    const broken = linksOf(file).filter(isBroken);
    expect(broken.map(({ target }) => target)).toEqual([]);
  });

  it('lead to every page under docs, from the README on', () => {
    const found = new Set(['README.md']);
    for (const file of found) {
      if (!file.endsWith('.md')) continue;
      for (const { path } of linksOf(file)) {
        if (existsSync(join(root, path))) found.add(path);
      }
    }
    expect(markdownFiles.filter((file) => file.startsWith('docs/') && !found.has(file))).toEqual([]);
  });
});

it('makes the anchors of headings as GitHub does', () => {
  const headings = '## `http`, `gen-load`: 1 (a)\n## A/B/n\n```sh\n# no heading\n```\n## A/B/n\n## See [it](x.md)';
  expect([...anchorsOf(headings)]).toEqual(['http-gen-load-1-a', 'abn', 'abn-1', 'see-it']);
});
