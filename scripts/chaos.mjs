// npm run chaos: prepares the checkout and redis-server, then does the faults.
import { prepareCheckout, runSource } from './bootstrap.mjs';

prepareCheckout();
const { ensurePrograms } = await import('./stack/dist/index.js');
if (!(await ensurePrograms(['redis-server']))) process.exit(1);
runSource('packages/redis-metrics/test/chaos/main.ts');
