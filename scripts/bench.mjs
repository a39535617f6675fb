// npm run bench: prepares the checkout and the servers that benchmarks measure, then runs them.
import { prepareCheckout } from './bootstrap.mjs';

prepareCheckout();
const { ensurePrograms } = await import('./stack/dist/index.js');
if (await ensurePrograms(['redis-server', 'redis_exporter', 'prometheus', 'wrk', 'nginx', 'python-venv', 'php-redis']))
  await import('../benchmarks/dist/main.js');
else process.exitCode = 1;
