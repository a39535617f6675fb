// npm run chaos: prepares the checkout and redis-server, then does the faults.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { checkout, fail, prepareCheckout } from './bootstrap.mjs';

prepareCheckout();
const { ensurePrograms } = await import('./stack/dist/index.js');
if (!(await ensurePrograms(['redis-server']))) process.exit(1);

const program = fileURLToPath(new URL('packages/redis-metrics/test/chaos/main.ts', checkout));
const { status, error } = spawnSync(
  process.execPath,
  ['--conditions=redmeter-source', '--import', 'tsx', program, ...process.argv.slice(2)],
  { cwd: checkout, stdio: 'inherit' },
);
if (error) fail(error.message);
process.exitCode = status ?? 1;
