// npm run simulate: prepares the checkout, then runs simulated schedules.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { checkout, fail, prepareCheckout } from './bootstrap.mjs';

prepareCheckout();
const program = fileURLToPath(new URL('packages/redis-metrics/test/simulation/program/main.ts', checkout));
const { status, error } = spawnSync(
  process.execPath,
  ['--conditions=redmeter-source', '--import', 'tsx', program, ...process.argv.slice(2)],
  { cwd: checkout, stdio: 'inherit' },
);
if (error) fail(error.message);
process.exitCode = status ?? 1;
