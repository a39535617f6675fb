// npm run conformance: prepares the checkout and redis-server, then runs a writer against the specification.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { checkout, fail, prepareCheckout } from './bootstrap.mjs';

prepareCheckout();
const { ensurePrograms } = await import('./stack/dist/index.js');
if (!(await ensurePrograms(['redis-server']))) process.exit(2);

const program = fileURLToPath(new URL('packages/conformance/dist/cli/main.js', checkout));
// A path of the writer is relative to where npm was called.
const cwd = process.env['INIT_CWD'] ?? process.cwd();
const { status, error } = spawnSync(process.execPath, [program, ...process.argv.slice(2)], { cwd, stdio: 'inherit' });
if (error) fail(error.message);
process.exitCode = status ?? 2;
