// npm run model: prepares the checkout and the model checker, then explores the model of the write protocol.
import { prepareCheckout } from './bootstrap.mjs';

prepareCheckout();
const { ensurePrograms } = await import('./stack/dist/index.js');
if (await ensurePrograms(['spin', 'gcc'])) await import('./model/main.mjs');
else process.exitCode = 1;
