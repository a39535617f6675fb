// PM2 in cluster mode: pm2/ecosystem.config.cjs starts pm2/worker.mjs four times. Here PM2 runs without its daemon, in a folder of
// its own, and stops the workers as `pm2 stop` does.
// node examples/pm2.mjs [redis://…]
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkTotal, redisUrl, removeRecords } from './total.mjs';

const [workers, jobs] = [4, 1000];
const prefix = `example-${randomUUID()}`;
const home = await mkdtemp(join(tmpdir(), 'example-pm2-'));
// PM2 reads its own when it is loaded; the workers inherit theirs.
Object.assign(process.env, { PM2_HOME: home, PM2_SILENT: 'true', REDIS_URL: redisUrl, PREFIX: prefix });
const { default: pm2 } = await import('pm2');

/** @param {(done: (error: Error | null) => void) => void} call */
function ended(call) {
  return new Promise((resolve, reject) => call((error) => (error ? reject(error) : resolve(undefined))));
}

await ended((done) => pm2.connect(true, done));
await ended((done) =>
  pm2.start(fileURLToPath(new URL('pm2/ecosystem.config.cjs', import.meta.url)), (error) => done(error)),
);
await ended((done) => pm2.delete('all', (error) => done(error)));
await checkTotal(`${prefix}:counter:jobs_done`, workers * jobs);
await removeRecords(prefix);
pm2.disconnect();
await rm(home, { recursive: true });
process.exit();
