// npm run site: builds the documentation site into site/dist. With --serve it is then shown on loopback, until Ctrl-C.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { preview } from 'vite';
import { build } from 'vitepress';
import { root } from './pages.mjs';
import { stage } from './stage.mjs';

const { values } = parseArgs({ options: { serve: { type: 'boolean' }, port: { type: 'string', default: '4173' } } });
const folder = join(root, '.data/site');
await stage(folder);
await build(folder);
if (values.serve === true) {
  const server = await preview({
    root: folder,
    configFile: false,
    appType: 'mpa',
    base: process.env['SITE_BASE'] ?? '/',
    build: { outDir: join(root, 'site/dist') },
    preview: { host: '127.0.0.1', port: Number(values.port), strictPort: true },
  });
  server.printUrls();
}
