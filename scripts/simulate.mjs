// npm run simulate: prepares the checkout, then runs simulated schedules.
import { prepareCheckout, runSource } from './bootstrap.mjs';

prepareCheckout();
runSource('packages/redis-metrics/test/simulation/program/main.ts');
