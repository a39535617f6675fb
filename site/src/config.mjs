// How VitePress builds the site.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitepress';
import { packages } from './api.mjs';
import { readSections, root } from './pages.mjs';
import { siteLinks } from './site-links.mjs';

const sections = readSections();
/** @type {unknown} */
const read = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const manifest = /** @type {{ repository?: { url: string } }} */ (read);
const repository = manifest.repository?.url.replace(/^git\+/, '').replace(/\.git$/, '');
const reference = {
  text: 'Reference',
  collapsed: true,
  items: [
    { text: 'Command lines', link: '/reference/command-line' },
    ...packages.map(([name]) => ({ text: `@redmeter/${name}`, link: `/api/${name}` })),
  ],
};
const guides = sections.map(({ title, pages }, index) => ({
  text: title,
  collapsed: index > 1,
  items: pages.map((page) => ({ text: page.title, link: `/${page.path}` })),
}));

export default defineConfig({
  title: 'redmeter',
  description: 'Metrics that live in Redis, and experiments that judge releases by them',
  lang: 'en',
  cleanUrls: true,
  ignoreDeadLinks: 'localhostLinks',
  // Where the site lies on its server, such as /redmeter/ on GitHub Pages.
  base: process.env['SITE_BASE'] ?? '/',
  outDir: join(root, 'site/dist'),
  cacheDir: join(root, '.data/site-cache'),
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  markdown: { config: (md) => siteLinks(md, { pages: sections.flatMap(({ pages }) => pages), repository }) },
  themeConfig: {
    nav: [
      { text: 'Start', link: '/start' },
      { text: 'Library', link: '/library/start' },
      { text: 'Experiments', link: '/experiments/overview' },
      { text: 'Releases', link: '/releases' },
      { text: 'Operations', link: '/operations' },
      { text: 'Reference', link: '/reference/command-line' },
    ],
    sidebar: [...guides.slice(0, -1), reference, ...guides.slice(-1)],
    outline: [2, 3],
    search: { provider: 'local' },
    socialLinks: repository === undefined ? [] : [{ icon: 'github', link: repository }],
    footer: { message: 'MIT licensed.' },
  },
});
