// Double bundling, as Next.js does it: two entries, bundled one by one, each with the module that makes the service.
// The package itself stays outside the bundles: serverExternalPackages: ['@redmeter/redis-metrics'] in next.config.js.
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
await build({
  entryPoints: [join(source, 'page.mjs'), join(source, 'route.mjs')],
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  outdir: bundles,
});

/** @type {(name: string) => Promise<unknown>} */
const load = (name) => import(pathToFileURL(join(bundles, name)).href);
const page = /** @type {typeof import('./double-bundling/page.mjs')} */ (await load('page.mjs'));
const route = /** @type {typeof import('./double-bundling/route.mjs')} */ (await load('route.mjs'));
for (let request = 0; request < requests; request += 1) {
  page.renderPage();
  route.answerRoute();
}
if (page.metrics !== route.metrics) throw new Error('expected one service in the process, got two');
await page.metrics.close();
await checkTotal(`${prefix}:counter:rendered`, 2 * requests);
await removeRecords(prefix);
await rm(bundles, { recursive: true });
