// Lays the documents where VitePress builds the site from: each under the path of its page, with the generated references.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeApi } from './api.mjs';
import { commandLinePage } from './command-line.mjs';
import { readSections, root } from './pages.mjs';

/**
 * @param {string} folder
 */
export async function stage(folder) {
  rmSync(folder, { recursive: true, force: true });
  /**
   * @param {string} file
   * @param {string} text
   */
  const write = (file, text) => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  };
  for (const { source, path } of readSections().flatMap(({ pages }) => pages)) {
    write(`${path}.md`, readFileSync(join(root, source), 'utf8'));
  }
  write('reference/command-line.md', await commandLinePage());
  await writeApi(join(folder, 'api'));
  cpSync(join(root, 'site/index.md'), join(folder, 'index.md'));
  cpSync(join(root, 'docs/pictures'), join(folder, 'public/docs/pictures'), { recursive: true });
  write('.vitepress/config.mjs', `export { default } from '${new URL('config.mjs', import.meta.url).pathname}';\n`);
  write(
    '.vitepress/theme/index.mjs',
    `export { default } from '${new URL('../theme/index.mjs', import.meta.url).pathname}';\n`,
  );
}
