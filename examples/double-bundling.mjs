// Double bundling, as Next.js does it: two entries, bundled one by one with all that they import, the library too: it is in the
// process twice. One bundle is CommonJS, the other of ECMAScript modules.
// node examples/double-bundling.mjs [redis://…]
import { build } from 'esbuild';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { checkTotal, redisUrl, removeRecords } from './total.mjs';

const requests = 500;
const prefix = `example-${randomUUID()}`;
Object.assign(process.env, { REDIS_URL: redisUrl, PREFIX: prefix });

const source = fileURLToPath(new URL('double-bundling/', import.meta.url));
const data = fileURLToPath(new URL('../.data/', import.meta.url));
await mkdir(data, { recursive: true });
const bundles = await mkdtemp(join(data, 'example-bundles-'));

/** @type {(entry: string, options: import('esbuild').BuildOptions) => Promise<unknown>} */
async function loadBundle(entry, options) {
  const outfile = join(bundles, `${entry}${options.format === 'cjs' ? '.cjs' : '.mjs'}`);
  await build({ entryPoints: [join(source, `${entry}.mjs`)], bundle: true, platform: 'node', outfile, ...options });
  return import(pathToFileURL(outfile).href);
}

// ioredis is CommonJS, which a bundle of ECMAScript modules has no require for unless it is given one.
const js = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`;
const page = /** @type {typeof import('./double-bundling/page.mjs')} */ (await loadBundle('page', { format: 'cjs' }));
const route = /** @type {typeof import('./double-bundling/route.mjs')} */ (
  await loadBundle('route', { format: 'esm', banner: { js } })
);
for (let request = 0; request < requests; request += 1) {
  page.renderPage();
  route.answerRoute();
}
if (page.metrics.constructor === route.metrics.constructor) throw new Error('expected the library twice, got it once');
await Promise.all([page.metrics.close(), route.metrics.close()]);
await checkTotal(`${prefix}:counter:rendered`, 2 * requests);
await removeRecords(prefix);
await rm(bundles, { recursive: true });
