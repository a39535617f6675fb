// Links of the documents lead to files of the checkout. On the site they lead to pages, and other files to the repository, or nowhere.
import { dirname, join, normalize } from 'node:path/posix';

/**
 * What is known of the site for its links.
 * @typedef {{ pages: import('./pages.mjs').Page[], repository: string | undefined }} Links
 */

/**
 * A plugin of markdown-it that turns the links and pictures of each document.
 * @param {Parameters<NonNullable<import('vitepress').MarkdownOptions['config']>>[0]} md
 * @param {Links} links
 */
export function siteLinks(md, { pages, repository }) {
  const pageOf = new Map(pages.map((page) => [page.source, page.path]));
  const sourceOf = new Map(pages.map((page) => [`${page.path}.md`, page.source]));
  sourceOf.set('index.md', 'site/index.md');

  /**
   * @param {string} source
   * @param {string} target
   */
  function turned(source, target) {
    const [path = '', anchor] = target.split('#', 2);
    const file = normalize(join(dirname(source), decodeURI(path))).replace(/\/$/, '');
    const page = pageOf.get(file) ?? pageOf.get(`${file}/README.md`);
    const suffix = anchor === undefined ? '' : `#${anchor}`;
    if (page !== undefined) return `/${page}${suffix}`;
    if (file === 'docs/README.md') return `/${suffix}`;
    return repository === undefined ? undefined : `${repository}/blob/main/${file}${suffix}`;
  }

  md.core.ruler.push('site links', (state) => {
    /** @type {unknown} */
    const env = state.env;
    const { relativePath } = /** @type {{ relativePath: string }} */ (env);
    const source = sourceOf.get(relativePath);
    if (source === undefined) return;
    for (const { children } of state.tokens) turnAll(children ?? [], source);
  });

  // Vue would take braces in the prose for an expression.
  md.renderer.rules.text = (tokens, index) =>
    md.utils.escapeHtml(tokens[index]?.content ?? '').replaceAll('{{', '&#123;&#123;');
  md.renderer.rules.code_inline = (tokens, index) =>
    `<code v-pre>${md.utils.escapeHtml(tokens[index]?.content ?? '')}</code>`;

  /**
   * @param {ReturnType<typeof md.parse>} tokens
   * @param {string} source
   */
  function turnAll(tokens, source) {
    let isDropped = false;
    for (const token of tokens) {
      const name = token.type === 'image' ? 'src' : 'href';
      const target = token.attrGet(name) ?? '';
      if (token.type === 'image' && !isExternal(target)) {
        token.attrSet('src', `/${normalize(join(dirname(source), target))}`);
      } else if (token.type === 'link_open' && !isExternal(target) && !target.startsWith('#')) {
        const to = turned(source, target);
        isDropped = to === undefined;
        if (to !== undefined) token.attrSet('href', to);
      }
      // The text stays where there is nothing to link to.
      if (isDropped && (token.type === 'link_open' || token.type === 'link_close')) {
        if (token.type === 'link_close') isDropped = false;
        token.type = 'text';
        token.tag = '';
        token.nesting = 0;
        token.content = '';
      }
    }
  }
}

/** @param {string} target */
const isExternal = (target) => /^[a-z]+:/.test(target);
